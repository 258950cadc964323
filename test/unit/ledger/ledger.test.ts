import { describe, expect, it } from 'vitest';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { buildLedger, type EventLocation } from '../../../lib/ledger/ledger.ts';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import type { QueueFolder } from '../../../lib/queue/queue-folder.ts';
import type { Database } from '../../../lib/store/database.ts';
import { testHome } from '../../support/test-home.ts';
import { makeRecovery, recoveryPath } from '../../support/recovery.ts';
import { testStore } from '../../support/test-store.ts';

const RANDOM = '00000000000000aa';
const ID = `evt_20231114_221320_${RANDOM}`;
const NAME = `3_1700000000000_${RANDOM}.a0.json`;

interface World {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly database: Database;
  put(path: string, ageMs?: number): void;
  bury(fate: string): void;
}

function world(): World {
  const { folder, queue } = testHome();
  const database = testStore();
  mkdirSync(`${folder.throttle}/s1`, { recursive: true });
  makeRecovery(folder.recovery);
  writeFileSync(`${folder.throttle}/s1/captured`, `${ID}\n`);
  return {
    folder,
    queue,
    database,
    put: (path, ageMs = 0) => {
      mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
      writeFileSync(path, '{}');
      const at = (Date.now() - ageMs) / 1000;
      utimesSync(path, at, at);
    },
    bury: (fate) => void database.prepare('INSERT INTO tombstones VALUES (?, ?, 1)').run(ID, fate),
  };
}

const EMPTY = {
  captured: 1,
  stored: 0,
  queued: 0,
  dead: 0,
  discarded: 0,
  refused: 0,
  recovered: 0,
  abandoned: 0,
  gaps: 0,
  missing: [],
};

const PLACES: readonly (readonly [name: string, at: EventLocation, put: (world: World) => void])[] =
  [
    [
      'in the store',
      'stored',
      ({ database }) =>
        void database
          .prepare(
            "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 't', 1, 's', '{}', 1)",
          )
          .run(ID),
    ],
    ['removed by retention', 'stored', ({ bury }) => bury('expired')],
    ['pending', 'queued', ({ put, queue }) => put(`${queue.pending}/3/${NAME}`)],
    [
      'pending with another priority and count of attempts',
      'queued',
      ({ put, queue }) => put(`${queue.pending}/7/7_1700000000000_${RANDOM}.a3.json`),
    ],
    ['delayed', 'queued', ({ put, queue }) => put(`${queue.delayed}/1800000000000_${NAME}`)],
    ['held by a worker', 'queued', ({ put, queue }) => put(`${queue.processing}/w1/${NAME}`)],
    ['in the making', 'queued', ({ put, queue }) => put(`${queue.tmp}/${NAME}`)],
    [
      'left in tmp/ by a dead maker',
      'abandoned',
      ({ put, queue }) => put(`${queue.tmp}/${NAME}`, 60_000),
    ],
    ['swept from tmp/', 'abandoned', ({ bury }) => bury('abandoned')],
    ['a dead letter', 'dead', ({ put, queue }) => put(`${queue.dead}/${NAME}`)],
    ['discarded', 'discarded', ({ bury }) => bury('discarded')],
    [
      'in the recovery folder',
      'recovered',
      ({ put, folder }) => put(`${recoveryPath(folder.recovery)}/${NAME}.kept`),
    ],
    [
      'refused',
      'refused',
      ({ folder }) => writeFileSync(`${folder.throttle}/s1/refused`, `${ID}\n`),
    ],
  ];

describe('buildLedger', () => {
  it.each(PLACES)('finds a captured event that is %s', (_name, at, put) => {
    const here = world();
    put(here);
    expect(buildLedger(here.folder, here.database, Date.now())).toEqual({ ...EMPTY, [at]: 1 });
  });

  it('names an event that is nowhere', () => {
    const { folder, database } = world();
    expect(buildLedger(folder, database, Date.now())).toEqual({ ...EMPTY, gaps: 1, missing: [ID] });
  });

  it('works without a store', () => {
    const { folder, put, queue } = world();
    put(`${queue.pending}/3/${NAME}`);
    expect(buildLedger(folder, undefined, Date.now())).toEqual({ ...EMPTY, queued: 1 });
  });

  it('trusts the store above all folders', () => {
    const here = world();
    for (const [, , put] of PLACES.slice(2, 6)) put(here);
    PLACES[0]?.[2](here);
    expect(buildLedger(here.folder, here.database, Date.now())).toEqual({ ...EMPTY, stored: 1 });
  });

  it('counts an id once, however often its session noted it', () => {
    const { folder, database } = world();
    writeFileSync(`${folder.throttle}/s1/captured`, `${ID}\n${ID}\n`);
    expect(buildLedger(folder, database, Date.now()).captured).toBe(1);
  });

  it('asks the store as often for thousands of sessions as for one', () => {
    const texts = (sessions: number): readonly string[] => {
      const { folder, database } = world();
      for (let nth = 0; nth < sessions; nth += 1) {
        mkdirSync(`${folder.throttle}/many-${nth}`, { recursive: true });
        const id = `evt_20231114_221320_${nth.toString(16).padStart(16, '0')}`;
        writeFileSync(`${folder.throttle}/many-${nth}/captured`, `${id}\n`);
      }
      const asked: string[] = [];
      const counted: Database = {
        ...database,
        exec: (sql) => database.exec(sql),
        prepare: (sql) => {
          asked.push(sql);
          return database.prepare(sql);
        },
        close: () => database.close(),
      };
      expect(buildLedger(folder, counted, Date.now()).captured).toBe(sessions + 1);
      return asked;
    };
    const few = texts(1);
    expect(few.length).toBeGreaterThan(0);
    expect(texts(3_000)).toEqual(few);
  });

  it('adds up to what was captured', () => {
    const { folder, queue, database, put } = world();
    const ids = Array.from({ length: 9 }, (_, n) => `evt_20231114_221320_00000000000000b${n}`);
    writeFileSync(`${folder.throttle}/s1/captured`, `${ids.join('\n')}\n`);
    for (const n of [0, 1, 2])
      put(`${queue.pending}/3/3_1700000000000_00000000000000b${n}.a0.json`);
    for (const n of [3, 4]) put(`${queue.dead}/3_1700000000000_00000000000000b${n}.a5.json`);
    const { captured, missing, ...counts } = buildLedger(folder, database, Date.now());
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(captured);
    expect(counts).toMatchObject({ queued: 3, dead: 2, gaps: 4 });
    expect(missing).toEqual(ids.slice(5));
  });
});
