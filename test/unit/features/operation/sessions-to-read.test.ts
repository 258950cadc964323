import { describe, expect, it } from 'vitest';
import { GIVE_UP_MS, listSessionsToRead } from '../../../../lib/features/operation/table.ts';
import { SETTLE_MS } from '../../../../lib/features/operation/table.ts';
import { testStore } from './test-session.ts';

const NOW = 1_800_000_000_000;

interface Known {
  readonly lastEventAt: number;
  readonly readAt: number | null;
  readonly state?: string;
  readonly path?: string | null;
  readonly ops?: number;
  readonly rows?: number;
}

function dueOf(known: Known): boolean {
  const store = testStore();
  const {
    lastEventAt,
    readAt,
    state = 'read',
    path = '/transcript.jsonl',
    ops = 0,
    rows = 0,
  } = known;
  store
    .prepare(
      'INSERT INTO sessions (id, transcript_path, first_event_at, last_event_at, transcript_read_at, transcript_state) VALUES (?, ?, 1, ?, ?, ?)',
    )
    .run('s1', path, lastEventAt, readAt, state);
  for (let index = 0; index < rows; index += 1)
    store
      .prepare(
        "INSERT INTO operations (tool_use_id, hook_session, hook_tool, hook_outcome) VALUES (?, 's1', 'Bash', 'ok')",
      )
      .run(`t${index}`);
  return listSessionsToRead(store, () => ops, NOW).includes('s1');
}

describe('sessionsToRead', () => {
  it.each<[string, Known, boolean]>([
    ['a session that was never read', { lastEventAt: NOW - 90 * GIVE_UP_MS, readAt: null }, true],
    ['a session with an event since', { lastEventAt: NOW - 5, readAt: NOW - 10 }, true],
    [
      'a session read right after its last event, whose last lines may be late',
      { lastEventAt: NOW - 60_000, readAt: NOW - 60_000 + SETTLE_MS - 1 },
      true,
    ],
    [
      'a session that has settled',
      { lastEventAt: NOW - 60_000, readAt: NOW - 60_000 + SETTLE_MS, ops: 2, rows: 2 },
      false,
    ],
    [
      'a session that was not read to the end',
      { lastEventAt: NOW - 60_000, readAt: NOW, state: 'reading' },
      true,
    ],
    [
      'a session with fewer rows than operations',
      { lastEventAt: NOW - 60_000, readAt: NOW, ops: 3, rows: 2 },
      true,
    ],
    [
      'a session whose rows stayed away for a day',
      { lastEventAt: NOW - GIVE_UP_MS, readAt: NOW, ops: 3, rows: 2 },
      false,
    ],
    [
      'a session with more rows than operations',
      { lastEventAt: NOW - 60_000, readAt: NOW, ops: 1, rows: 2 },
      false,
    ],
    [
      'a session without a transcript',
      { lastEventAt: NOW, readAt: null, path: null, ops: 3 },
      false,
    ],
  ])('decides on %s', (_name, known, due) => {
    expect(dueOf(known)).toBe(due);
  });

  it('names each session once, the latest first', () => {
    const store = testStore();
    const insert = store.prepare(
      "INSERT INTO sessions (id, transcript_path, first_event_at, last_event_at) VALUES (?, '/t.jsonl', 1, ?)",
    );
    for (const [id, at] of [
      ['old', 5],
      ['new', 50],
      ['middle', 20],
    ] as const)
      insert.run(id, at);
    expect(listSessionsToRead(store, () => 9, 60)).toEqual(['new', 'middle', 'old']);
  });
});
