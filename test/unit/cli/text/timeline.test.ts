import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../lib/cli/text/display-width.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { isBounded, formatTimeline } from '../../../../lib/cli/text/timeline.ts';
import type { TraceKind, TraceNode } from '../../../../lib/query/trace/trace-node.ts';

const START = Date.parse('2026-11-22T10:00:00Z');
const options = { paint: createPaint(false), project: '/work/shop', all: false };

function node(kind: TraceKind, seconds: number, own: Partial<TraceNode> = {}): TraceNode {
  return {
    ...{ kind, id: null, at: new Date(START + seconds * 1_000).toISOString(), label: kind },
    ...{ detail: null, outcome: null, durationMs: null, tokens: null, model: null },
    ...{ events: [], children: [] },
    ...own,
  };
}

const call = (seconds: number, detail: string, own: Partial<TraceNode> = {}): TraceNode =>
  node('call', seconds, { label: 'Bash', detail, outcome: 'ok', ...own });
const session = (...children: readonly TraceNode[]): TraceNode => node('session', 0, { children });
const prompt = (seconds: number, detail: string, ...children: readonly TraceNode[]): TraceNode =>
  node('prompt', seconds, { detail, children });
const calls = (count: number, from: number): readonly TraceNode[] =>
  Array.from({ length: count }, (_, index) => call(from + index, `step ${index + 1}`));

describe('timeline', () => {
  it('shows a failure and what fixed it below the call, in paths of the project', () => {
    const fix = node('fix', 9, { label: 'fixed by', detail: 'an edit of /work/shop/a.js' });
    const failure = node('failure', 3, { detail: 'Missing script: "tset"', children: [fix] });
    const failed = call(2, 'npm run tset', { outcome: 'failed', children: [failure] });
    expect(formatTimeline(session(prompt(1, 'Test it', failed)), options)).toEqual([
      '+1s  ▸ Test it',
      '+2s    ✗ Bash npm run tset',
      '         Missing script: "tset"',
      '         → fixed by an edit of a.js',
    ]);
  });

  it('says what Claude was told in its place, and what followed', () => {
    const warned = (label: string, detail: string, outcome: string): TraceNode =>
      node('warning', 3, { label, detail, outcome });
    const steps = [
      warned('session.failure_warned', 'warned about pat_6bfc8188a36f', 'heeded'),
      warned('session.context_warned', '85 % of the context window', 'failed_again'),
      warned('session.resume_told', 'told where it stopped: txt_5c12', 'unknown'),
    ];
    expect(formatTimeline(session(prompt(1, 'Go', ...steps)), options).slice(1)).toEqual([
      '+3s    ! Claude was warned that this is known to fail (6bfc8188) → heeded',
      '+3s    ! Claude was warned that it has used 85 % of its context → failed again',
      '+3s    ! Claude was reminded where it stopped',
    ]);
  });

  it('shows a compaction between the steps of the prompt that it interrupted', () => {
    const compact = node('event', 3, { label: 'session.started', detail: 'compact' });
    const end = node('event', 9, { label: 'session.ended', detail: 'exit' });
    const tree = session(prompt(1, 'Go', call(2, 'a'), call(4, 'b')), compact, end);
    expect(formatTimeline(tree, options)).toEqual([
      '+1s  ▸ Go',
      '+2s    ✓ Bash a',
      '+3s    started: compact',
      '+4s    ✓ Bash b',
      '+9s  ended: exit',
    ]);
  });

  it('counts the middle of a row of calls that went well, and never a failed one', () => {
    const failed = call(50, 'broken', { outcome: 'failed' });
    const tree = session(prompt(1, 'Go', ...calls(9, 2), failed, ...calls(3, 60)));
    expect(formatTimeline(tree, options).map((line) => line.replace(/^[\d+ms ]*/, ''))).toEqual([
      ...['▸ Go', '✓ Bash step 1', '✓ Bash step 2', '… 5 calls, all ✓'],
      ...['✓ Bash step 8', '✓ Bash step 9', '✗ Bash broken'],
      ...['✓ Bash step 1', '✓ Bash step 2', '✓ Bash step 3'],
    ]);
    expect(isBounded(tree, options)).toBe(true);
    expect(formatTimeline(tree, { ...options, all: true })).toHaveLength(14);
    expect(isBounded(tree, { ...options, all: true })).toBe(false);
  });

  it('counts the middle of many steps, with what failed in it', () => {
    const failing = Array.from({ length: 50 }, (_, index) =>
      call(index + 2, `try ${index + 1}`, { outcome: 'failed' }),
    );
    const lines = formatTimeline(session(prompt(1, 'Go', ...failing)), options);
    expect(lines).toHaveLength(1 + 12 + 1 + 20);
    expect(lines[13]?.trim()).toBe('… 18 calls, 18 ✗');
  });

  it('shows the last ten prompts and counts the earlier ones', () => {
    const failed = call(1, 'x', { outcome: 'failed' });
    const prompts = Array.from({ length: 13 }, (_, index) =>
      prompt(index * 10, `prompt ${index + 1}`, failed),
    );
    const started = node('event', 0, { label: 'session.started', detail: 'startup' });
    const lines = formatTimeline(session(...prompts, started), options);
    expect(lines[0]?.trim()).toBe('… 3 earlier prompts with 3 calls, 3 ✗');
    expect(lines[1]?.trim()).toMatch(/▸ prompt 4$/);
    expect(lines.join('\n')).not.toContain('started');
  });

  it('leaves events of handlers out and cuts lines to the terminal', () => {
    const noise = node('event', 3, { label: 'mail.sent', detail: 'x' });
    const lines = formatTimeline(session(prompt(1, '請求書の合計が一円ずれる', noise)), {
      ...options,
      width: 20,
    });
    expect(lines).toHaveLength(1);
    expect(displayWidth(lines[0] ?? '')).toBeLessThanOrEqual(20);
  });

  it('has nothing of a session in which nothing happened', () => {
    expect(formatTimeline(session(), options)).toEqual([]);
  });
});
