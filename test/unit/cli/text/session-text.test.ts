import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { formatSession, formatTranscriptNote } from '../../../../lib/cli/text/session-text.ts';
import type { SessionState } from '../../../../lib/query/session-states.ts';
import { readSessionStory, type SessionStory } from '../../../../lib/query/session-story.ts';
import { askInStore, preparedStore, SESSION, START } from '../prepared-store.ts';

const ENDED: SessionState = {
  ...{ state: 'ended', since: '2026-11-22T10:00:31.000Z', until: null, message: null },
};
const options = { paint: createPaint(false), now: START + 7_200_000, all: false, state: ENDED };

describe('sessionText', () => {
  it('shows where and how much, then prompts with calls, failures and checkpoints in their order', async () => {
    const lines = formatSession(await story(), options);
    expect(lines.filter((line) => !/^Time|transcript/.test(line))).toEqual([
      `Session ${SESSION}`,
      'Project  /work/shop',
      'Calls    2: 1 ✓, 1 ✗',
      'Also     1 prompt, 2 checkpoints',
      'Context  – of claude-sonnet-4-5',
      '',
      '  0s  started: startup',
      ' +1s  ▸ Fix the total',
      '+10s    ✓ Write a.js',
      '+10s      ● checkpoint, auto',
      '+20s    ✗ Bash npm test',
      '          Exit code 1',
      '+30s    ● checkpoint, stop: done',
      '+31s  ended: exit',
    ]);
    expect(lines[2]).toMatch(/^Time +2h ago \(.*\), ended after 31s$/);
  });

  it('says in one line that the transcript was not read', async () => {
    const lines = formatSession(await story(), options);
    expect(lines.filter((line) => line.includes('transcript'))).toEqual([
      formatTranscriptNote('unread'),
    ]);
    expect(formatTranscriptNote('read')).toBeUndefined();
  });

  it('says what a session that has not ended is doing', async () => {
    const open = await story();
    const since = new Date(START + 20_000).toISOString();
    const stateLine = (state: SessionState['state'], own: Partial<SessionState> = {}): string => {
      const given = { state, since, until: null, message: null, ...own };
      const lines = formatSession(open, { ...options, now: START + 60_000, state: given });
      expect(lines[2]).toMatch(/^Time +1m ago \(.*\), 31s long$/);
      return lines[3] ?? '';
    };
    expect(stateLine('working')).toBe('State    working for 40s');
    expect(stateLine('waiting-for-permission', { message: 'Claude needs \u001b[31mBash' })).toMatch(
      /^State {4}waiting for permission for 40s: Claude needs [^\u001b]*Bash$/,
    );
    const until = new Date(START + 3_660_000).toISOString();
    expect(stateLine('at-limit', { until })).toBe('State    at its limit, resets in 1h');
    expect(stateLine('lost')).toBe('State    lost: Claude Code is gone, last event 40s ago');
  });

  it('counts calls that hooks counted and no transcript lists', async () => {
    const { session, ...rest } = await story();
    const lines = formatSession({ ...rest, session: { ...session, operationCount: 9 } }, options);
    expect(lines[3]).toBe('Calls    9: 1 ✓, 1 ✗, 7 only counted');
  });

  it('lets nothing that was recorded break a line or colour the terminal', async () => {
    const { tree, ...rest } = await story();
    const evil = {
      ...tree,
      children: tree.children.map((node) => ({ ...node, detail: 'a\n\u001b[31mb' })),
    };
    const lines = formatSession({ ...rest, tree: evil }, options);
    expect(lines.filter((line) => /[\u001b\n]/.test(line))).toEqual([]);
  });
});

async function story(): Promise<SessionStory> {
  const folder = preparedStore();
  const found = await askInStore(folder, (database) => readSessionStory(database, folder, SESSION));
  if (found === undefined) throw new Error('The prepared session is missing');
  return found;
}
