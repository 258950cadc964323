import { describe, expect, it } from 'vitest';
import { computeContextFigures } from '../../../lib/features/context/figures.ts';
import { readContextFigures } from '../../../lib/query/context-figures.ts';
import { listSessions } from '../../../lib/query/sessions.ts';
import type { Database } from '../../../lib/store/database.ts';
import { askInStore, preparedStore, START } from '../cli/prepared-store.ts';

const SMALL = 'claude-sonnet-4-5';
const LARGE = 'claude-opus-5';

describe('readContextFigures', () => {
  it('gives each session the figures that it has when it is asked about alone', async () => {
    await askInStore(preparedStore([]), async (database) => {
      const ids = fill(database);
      const found = await readContextFigures(database, ids, [[SMALL, 300_000]]);
      const alone = ids.flatMap((id) => {
        const figures = computeContextFigures(database, id, [[SMALL, 300_000]]);
        return figures === undefined ? [] : [[id, figures] as const];
      });
      expect(alone).toHaveLength(ids.length - 1);
      expect([...found].sort()).toEqual([...alone].sort());
      expect(new Set(alone.map(([, { windowSource }]) => windowSource))).toEqual(
        new Set(['status-line', 'session-start', 'setting', 'table', 'observed', null]),
      );
    });
  });

  it('takes the compaction, then the greater of two samples of one millisecond', async () => {
    await askInStore(preparedStore([]), async (database) => {
      addSamples(database, 's1', ['a', 1, SMALL, 9_000], ['compaction b', 1, null, 2_000]);
      addSamples(database, 's2', ['a', 1, SMALL, 9_000], ['b', 1, SMALL, 7_000]);
      const found = await readContextFigures(database, ['s1', 's2'], []);
      expect([...found].map(([id, { tokens }]) => [id, tokens])).toEqual([
        ['s1', 2_000],
        ['s2', 9_000],
      ]);
    });
  });
});

describe('listSessions', () => {
  it('asks the store as often for many sessions as for one, by the same texts', async () => {
    await askInStore(preparedStore(), async (database) => {
      fill(database);
      const asked: string[] = [];
      const counted: Database = {
        ...database,
        prepare: (sql) => {
          asked.push(sql);
          return database.prepare(sql);
        },
      };
      const folder = preparedStore();
      expect(await listSessions(counted, folder, { limit: 1 })).toHaveLength(1);
      const forOne = asked.splice(0);
      expect((await listSessions(counted, folder, { limit: 50 })).length).toBeGreaterThan(5);
      expect(asked).toEqual(forOne);
      expect(asked).toHaveLength(3); // sessions, their contexts, their tags
    });
  });
});

type Sample = readonly [message: string, seconds: number, model: string | null, tokens: number];

/** Sessions that differ in what tells their window; one has no sample. */
function fill(database: Database): readonly string[] {
  const started = (id: string, model: string | null): void => {
    database
      .prepare(
        'INSERT INTO sessions (id, model, model_at, first_event_at, last_event_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(id, model, START, START, START);
  };
  started('empty', SMALL);
  started('seen', SMALL);
  database.prepare('INSERT INTO context_windows VALUES (?, ?, ?, ?)').run('seen', SMALL, 500, 0);
  addSamples(database, 'seen', ['a', 1, SMALL, 250]);
  started('said', `${SMALL}[1m]`);
  addSamples(database, 'said', ['a', 1, SMALL, 1_000]);
  started('set', null);
  addSamples(database, 'set', ['a', 1, SMALL, 1_000], ['b', 2, LARGE, 400_000], ['c', 3, SMALL, 9]);
  started('known', null);
  addSamples(database, 'known', ['a', 1, LARGE, 1_000], ['compaction a', 2, null, 100]);
  started('held', null);
  addSamples(database, 'held', ['a', 1, SMALL, 310_000], ['compaction a', 2, null, 100]);
  started('strange', null);
  addSamples(database, 'strange', ['a', 1, 'somebody-elses', 1_000]);
  addSamples(database, 'of no row', ['a', 1, LARGE, 5_000]);
  return ['empty', 'seen', 'said', 'set', 'known', 'held', 'strange', 'of no row'];
}

function addSamples(database: Database, session: string, ...samples: readonly Sample[]): void {
  for (const [message, seconds, model, tokens] of samples)
    database
      .prepare(
        'INSERT INTO context_samples (session_id, message_id, placed_at, at, model, tokens) VALUES (?1, ?2, ?3, ?3, ?4, ?5)',
      )
      .run(session, message, START + seconds * 1000, model, tokens);
}
