import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { sessionText, transcriptNote } from '../../../../lib/cli/text/session-text.ts';
import { readSessionStory, type SessionStory } from '../../../../lib/query/session-story.ts';
import { askInStore, preparedStore, SESSION, START } from '../prepared-store.ts';

const options = { paint: createPaint(false), now: START + 7_200_000, all: false };

describe('sessionText', () => {
  it('shows where and how much, then prompts with calls, failures and checkpoints in their order', async () => {
    const lines = sessionText(await story(), options);
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
    const lines = sessionText(await story(), options);
    expect(lines.filter((line) => line.includes('transcript'))).toEqual([transcriptNote('unread')]);
    expect(transcriptNote('read')).toBeUndefined();
  });

  it('says that a session without an end runs while its last event is young', async () => {
    const { session, ...rest } = await story();
    const open = { ...rest, session: { ...session, endedAt: null } };
    const timeAt = (now: number): string | undefined =>
      sessionText(open, { ...options, now: START + now })[2];
    expect(timeAt(60_000)).toMatch(/, running after 31s$/);
    expect(timeAt(7_200_000)).toMatch(/, no end recorded, after 31s$/);
  });

  it('counts calls that hooks counted and no transcript lists', async () => {
    const { session, ...rest } = await story();
    const lines = sessionText({ ...rest, session: { ...session, operationCount: 9 } }, options);
    expect(lines[3]).toBe('Calls    9: 1 ✓, 1 ✗, 7 counted only');
  });

  it('lets nothing that was recorded break a line or colour the terminal', async () => {
    const { tree, ...rest } = await story();
    const evil = {
      ...tree,
      children: tree.children.map((node) => ({ ...node, detail: 'a\n\u001b[31mb' })),
    };
    const lines = sessionText({ ...rest, tree: evil }, options);
    expect(lines.filter((line) => /[\u001b\n]/.test(line))).toEqual([]);
  });
});

async function story(): Promise<SessionStory> {
  const folder = preparedStore();
  const found = await askInStore(folder, (database) => readSessionStory(database, folder, SESSION));
  if (found === undefined) throw new Error('The prepared session is missing');
  return found;
}
