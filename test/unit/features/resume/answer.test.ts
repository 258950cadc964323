import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shortHash16 } from '../../../../lib/core/short-hash.ts';
import { answerResume } from '../../../../lib/features/resume/answer.ts';
import { captureReminder, markEnd } from '../../../../lib/features/resume/capture.ts';
import { clientProcess } from '../../../../lib/hook/client-process.ts';
import { recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const PROJECT = '/home/user/project';
const SELF = String(recordedInput('SessionStart')['session_id']);

/** A state folder with views. */
function place(views: Readonly<Record<string, object>>): string {
  const root = tempFolder();
  mkdirSync(`${root}/views/resume/by-project`, { recursive: true });
  for (const [name, view] of Object.entries(views))
    writeFileSync(`${root}/views/resume/${name}.json`, JSON.stringify({ format: 1, ...view }));
  return root;
}

const said = (root: string, fixture: string, source = fixture.split('.')[1]) =>
  answerResume(recordedCall(fixture, { root, fields: source === undefined ? {} : { source } }))
    ?.context;

const WORK = { text: 'Task (last prompt): dates', hasWork: true };

describe('answerResume', () => {
  it.each([
    ['SessionStart.compact', 'before the compaction'],
    ['SessionStart.resume', 'this session stopped'],
  ])('%s: tells where the session was, once per occasion', (fixture, why) => {
    const root = place({ [SELF]: WORK });
    expect(said(root, fixture)).toMatch(
      new RegExp(`${why}.*\n${WORK.text.replace(/[()]/g, '.')}$`),
    );
    expect(said(root, fixture)).toBeUndefined();
  });

  it('is recorded with an id of its text, once', () => {
    const root = place({ [SELF]: WORK });
    const call = recordedCall('SessionStart.compact', { root, fields: { source: 'compact' } });
    expect(captureReminder(call)).toMatchObject([
      {
        type: 'session.resume_told',
        payload: { session_id: SELF, occasion: 'compact', of_session: SELF },
      },
    ]);
    const text = answerResume(call)?.context ?? '';
    expect(captureReminder(call)[0]?.payload['text_id']).toBe(`txt_${shortHash16(text)}`);
    const again = recordedCall('SessionStart.compact', { root, fields: { source: 'compact' } });
    expect(captureReminder(again)).toEqual([]);
  });

  it.each(['clear', 'fork', 'startup', 'something new'])('is silent for %s', (source) => {
    expect(said(place({ [SELF]: WORK }), 'SessionStart', source)).toBeUndefined();
  });

  it('is silent where there was talk alone, without a view, and with one of a later format', () => {
    expect(
      said(place({ [SELF]: { ...WORK, hasWork: false } }), 'SessionStart.compact'),
    ).toBeUndefined();
    expect(said(place({}), 'SessionStart.compact')).toBeUndefined();
    expect(said(place({ [SELF]: { ...WORK, format: 2 } }), 'SessionStart.compact')).toBeUndefined();
  });

  it('stays below 2,000 characters with the longest text', () => {
    const text = 'x'.repeat(1_750);
    expect(said(place({ [SELF]: { ...WORK, text } }), 'SessionStart.compact')?.length).toBeLessThan(
      2_000,
    );
    expect(said(crashed({ text }), 'SessionStart', 'startup')?.length).toBeLessThan(2_000);
  });
});

/** A project whose latest session but this one is `last`. */
function crashed({
  text = 'Task (last prompt): dates',
  ...last
}: Readonly<Record<string, unknown>> = {}): string {
  const gone = { pid: spawnSync('true').pid };
  const sessions = [
    { session: SELF },
    {
      session: 'crashed-session-0000-0000-000000000000',
      ended: false,
      lastEventAt: Date.now() - 60_000,
      client: gone,
      ...last,
    },
  ];
  const root = place({
    [`by-project/${shortHash16(PROJECT)}`]: { project: PROJECT, sessions },
    'crashed-session-0000-0000-000000000000': { text, hasWork: false },
  });
  return root;
}

describe('at the start of a session', () => {
  it('tells where the one before was that broke off, once', () => {
    const root = crashed();
    expect(said(root, 'SessionStart', 'startup')).toMatch(
      /crashed .*claude --resume crashed-session.*\nTask \(last prompt\): dates$/,
    );
    expect(said(root, 'SessionStart', 'startup')).toBeUndefined();
  });

  it.each([
    ['ended', { ended: true }],
    ['still runs', { client: clientProcess() }],
    ['has no known process', { client: null }],
    ['is long over', { lastEventAt: Date.now() - 8 * 86_400_000 }],
  ])('is silent where the one before %s', (_, last) => {
    expect(said(crashed(last), 'SessionStart', 'startup')).toBeUndefined();
  });

  it('is silent where the last hook of the one before saw its end, though no worker did', () => {
    const root = crashed();
    const fields = { session_id: 'crashed-session-0000-0000-000000000000' };
    markEnd(recordedCall('SessionEnd', { root, fields }));
    expect(existsSync(`${root}/throttle/${fields.session_id}/ended`)).toBe(true);
    expect(said(root, 'SessionStart', 'startup')).toBeUndefined();
    markEnd(recordedCall('SessionStart.resume', { root, fields }));
    expect(said(root, 'SessionStart', 'startup')).toContain('crashed (');
  });
});
