import { describe, expect, it } from 'vitest';
import {
  classifyContextOutcome,
  classifyFailureOutcome,
  MAX_CALLS,
  classifyResumeOutcome,
} from '../../../../lib/features/hook-messages/outcome.ts';
import type { FollowingCall } from '../../../../lib/features/hook-messages/table.ts';

const call = (target: string, outcome = 'ok', tool = 'Bash'): FollowingCall => ({
  ...{ toolUseId: `t ${target}`, agentId: undefined },
  ...{ tool, target, outcome },
});
const detail = { verdict: 'warn', tool: 'Bash', target: 'npm run tset', fix: 'npm run test' };
const others = (count: number) => Array.from({ length: count }, () => call('ls'));

describe('failureOutcome', () => {
  it.each([
    ['went_well', call('npm run tset'), []],
    ['heeded', call('npm run tset', 'failed'), [call('ls'), call('npm  run test')]],
    ['heeded', call('npm run tset', 'rejected'), [call('cd /w && npm run test')]],
    ['heeded', undefined, [call('npm run check')]],
    ['failed_again', call('npm run tset', 'failed'), [call('npm run tset', 'failed')]],
    ['went_well', call('npm run tset', 'failed'), [call('npm run tset')]],
    ['failed_again', call('npm run tset', 'failed'), others(MAX_CALLS)],
    ['heeded', call('npm run tset', 'rejected'), others(MAX_CALLS)],
    ['unknown', undefined, others(MAX_CALLS)],
    [undefined, call('npm run tset', 'failed'), others(MAX_CALLS - 1)],
    [undefined, call('npm run tset', 'running'), []],
  ] as const)('%s after %j and %j', (outcome, own, after) => {
    expect(classifyFailureOutcome({ detail }, { own, after, isOver: false })).toBe(outcome);
  });

  it('ends with the session', () => {
    const outcomes = [call('npm run tset', 'failed'), call('npm run tset', 'rejected'), undefined];
    expect(
      outcomes.map((own) => classifyFailureOutcome({ detail }, { own, after: [], isOver: true })),
    ).toEqual(['failed_again', 'unknown', 'unknown']);
  });

  it('takes a fix that ran in place of the command for heeded', () => {
    const replaced = { detail: { ...detail, verdict: 'replace' } };
    const own = call('npm run test');
    expect(classifyFailureOutcome(replaced, { own, after: [], isOver: false })).toBe('heeded');
  });

  it('knows of nothing without what it was about', () => {
    expect(
      classifyFailureOutcome({ detail: {} }, { own: undefined, after: [call('ls')], isOver: true }),
    ).toBe('unknown');
  });
});

describe('resumeOutcome', () => {
  const earlier = [call('/w/a.ts', 'ok', 'Edit'), call('npm test', 'failed')];
  it.each([
    ['heeded', [call('ls'), call('/w/a.ts', 'ok', 'Read')], false],
    ['failed_again', [call('npm test', 'failed')], false],
    ['heeded', [call('npm test')], false],
    ['went_well', [call('ls')], true],
    ['went_well', others(MAX_CALLS), false],
    ['unknown', [], true],
    [undefined, [call('ls')], false],
  ] as const)('%s after %j, over: %s', (outcome, after, isOver) => {
    expect(classifyResumeOutcome(earlier, { after, isOver })).toBe(outcome);
  });
});

describe('contextOutcome', () => {
  it.each([
    ['failed_again', { hasFilledOn: true, isCompacted: true, isOver: true }],
    ['heeded', { hasFilledOn: false, isCompacted: true, isOver: true }],
    ['went_well', { hasFilledOn: false, isCompacted: false, isOver: true }],
    [undefined, { hasFilledOn: false, isCompacted: false, isOver: false }],
  ] as const)('%s: %j', (outcome, facts) => {
    expect(classifyContextOutcome(facts)).toBe(outcome);
  });
});
