import fc from 'fast-check';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  appendToSession,
  countOperation,
  createExclusive,
  operationCount,
  type SessionFolder,
  sessionFolder,
  winInterval,
} from '../../../lib/hook/throttle.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { lockstep } from './lockstep.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The files of a session, by how many milliseconds their time is behind now (ahead if negative).
 */
type Files = Readonly<Partial<Record<'ops' | 'due' | 'since', number>>> & {
  /** Marks of winners of the interval that ended at `due`. */
  readonly won?: readonly number[];
};

function makeFiles(root: string, session: string, files: Files, now = Date.now()): SessionFolder {
  const folder = sessionFolder(root, session);
  mkdirSync(folder.path, { recursive: true });
  for (const name of ['ops', 'due', 'since'] as const)
    if (files[name] !== undefined) fileAt(`${folder.path}/${name}`, now - files[name]);
  const due = files.due === undefined ? 0 : Math.floor(statSync(`${folder.path}/due`).mtimeMs);
  for (const [rank, age] of (files.won ?? []).entries())
    fileAt(`${folder.path}/won-${due}${rank === 0 ? '' : `.${rank}`}`, now - age);
  return folder;
}

function fileAt(path: string, timeMs: number): void {
  writeFileSync(path, '.');
  utimesSync(path, timeMs / 1000, timeMs / 1000);
}

const marksIn = (folder: SessionFolder): readonly string[] =>
  readdirSync(folder.path).filter((name) => name.startsWith('won-'));

describe('counting', () => {
  it('adds one byte per operation, in a folder that is created when needed', () => {
    const folder = sessionFolder(tempFolder(), 's');
    expect(operationCount(folder)).toBe(0);
    for (let index = 0; index < 3; index += 1) countOperation(folder);
    expect([operationCount(folder), statSync(`${folder.path}/ops`).size]).toEqual([3, 3]);
    expect([
      statSync(folder.path).mode & 0o777,
      statSync(`${folder.path}/ops`).mode & 0o777,
    ]).toEqual([0o700, 0o600]);
  });

  it('reports what is wrong if it cannot write', () => {
    const root = tempFolder();
    writeFileSync(`${root}/s`, '');
    expect(() => countOperation(sessionFolder(root, 's'))).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });

  it('appends lines without losing earlier ones', () => {
    const folder = sessionFolder(tempFolder(), 's');
    appendToSession(folder, 'captured', 'a\n');
    appendToSession(folder, 'captured', 'b\n');
    expect(readFileSync(`${folder.path}/captured`, 'utf8')).toBe('a\nb\n');
  });
});

describe('a winner', () => {
  it('deletes the drafts of winners that crashed', () => {
    const folder = makeFiles(tempFolder(), 's', { ops: 0 });
    for (const file of ['due.4711', 'since.4711']) writeFileSync(`${folder.path}/${file}`, '');
    expect(winInterval(folder, MINUTE)).toBe(true);
    expect(readdirSync(folder.path).sort()).toEqual(['due', 'ops', 'since', 'won-0']);
  });

  it('does not count as throttled if the files are unreadable', () => {
    const folder = makeFiles(tempFolder(), 's', {});
    symlinkSync('ops', `${folder.path}/ops`);
    expect(() => winInterval(folder, MINUTE)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  });
});

describe('createExclusive', () => {
  it('has one winner, and reports other errors', () => {
    const root = tempFolder();
    expect([createExclusive(`${root}/a`), createExclusive(`${root}/a`)]).toEqual([true, false]);
    expect(() => createExclusive(`${root}/a/b`)).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });
});

describe('winInterval', () => {
  it.each<readonly [string, boolean, Files]>([
    ['no operation was counted', false, {}],
    ['it is the first operation', true, { ops: 0 }],
    ['the interval runs', false, { ops: 0, due: -30_000, since: 30_000 }],
    ['the interval has just begun', false, { ops: 0, due: -59_999, since: 21 }],
    ['the interval is over', true, { ops: 0, due: 1, since: MINUTE }],
    ['the interval ends at this moment', true, { ops: 0, due: 0, since: MINUTE }],
    ['the interval ended long ago', true, { ops: 0, due: DAY, since: DAY + MINUTE }],
    ['the clock stepped back by a day', true, { ops: 0, due: -DAY - 30_000, since: -DAY }],
    ['the clock stepped back by a second', true, { ops: 0, due: -MINUTE, since: -1_000 }],
    ['the clock stepped forward by a day', true, { ops: 0, due: DAY - 30_000, since: DAY }],
    ['nobody knows when the interval began', true, { ops: 0, due: -30_000 }],
    ['a winner is at work', false, { ops: 0, due: 1, since: MINUTE, won: [100] }],
    ['a winner has had five seconds', false, { ops: 0, due: 6_000, since: MINUTE, won: [5_000] }],
    ['a winner is dead', true, { ops: 0, due: 6_000, since: MINUTE, won: [5_001] }],
    ['a winner of the first interval is dead', true, { ops: 0, won: [6_000] }],
    [
      'a second winner is at work',
      false,
      { ops: 0, due: 20_000, since: DAY, won: [12_000, 1_000] },
    ],
    ['two winners are dead', true, { ops: 0, due: 20_000, since: DAY, won: [12_000, 6_000] }],
    [
      'nine winners are dead',
      false,
      { ops: 0, due: DAY, since: DAY, won: Array.from({ length: 9 }, () => 9_000) },
    ],
    [
      'a winner died and the clock stepped back',
      true,
      { ops: 0, due: -DAY, since: -DAY, won: [-DAY] },
    ],
  ])('%s: %s', (_, wins, files) => {
    const folder = makeFiles(tempFolder(), 's', files);
    expect(winInterval(folder, MINUTE)).toBe(wins);
  });

  it('lets the winner set the next time, by the time of the operation', () => {
    const now = 1_795_322_912_000;
    const folder = makeFiles(tempFolder(), 's', { ops: 0, due: 500, since: DAY }, now);
    expect(winInterval(folder, MINUTE)).toBe(true);
    expect(statSync(`${folder.path}/due`).mtimeMs).toBe(now + MINUTE);
    expect(statSync(`${folder.path}/since`).mtimeMs).toBeLessThanOrEqual(now);
    expect(winInterval(folder, MINUTE)).toBe(false);
    fileAt(`${folder.path}/ops`, now + MINUTE - 1);
    expect(winInterval(folder, MINUTE)).toBe(false);
    fileAt(`${folder.path}/ops`, now + MINUTE);
    expect(winInterval(folder, MINUTE)).toBe(true);
  });

  it('deletes the marks of earlier intervals and keeps its own', () => {
    const folder = makeFiles(tempFolder(), 's', { ops: 0, due: 500, since: DAY });
    for (const name of ['won-0', 'won-0.1', 'won-17', 'won-x', 'said-x'])
      writeFileSync(`${folder.path}/${name}`, '');
    const due = Math.floor(statSync(`${folder.path}/due`).mtimeMs);
    expect(winInterval(folder, MINUTE)).toBe(true);
    expect(readdirSync(folder.path).sort()).toEqual([
      'due',
      'ops',
      'said-x',
      'since',
      `won-${due}`,
      'won-x',
    ]);
  });

  it('is always won without an interval, and leaves nothing', () => {
    const folder = makeFiles(tempFolder(), 's', { ops: 0 });
    expect([winInterval(folder, 0), winInterval(folder, 0)]).toEqual([true, true]);
    expect(readdirSync(folder.path)).toEqual(['ops']);
  });

  it('is of one session only', () => {
    const root = tempFolder();
    for (const session of ['a', 'b'])
      expect(winInterval(makeFiles(root, session, { ops: 0 }), MINUTE)).toBe(true);
  });

  it('keeps few marks in a long session', () => {
    let now = 1_795_322_912_000;
    const folder = makeFiles(tempFolder(), 's', { ops: 0 }, now);
    for (let round = 0; round < 20; round += 1) {
      now += MINUTE + round;
      fileAt(`${folder.path}/ops`, now);
      expect(winInterval(folder, MINUTE)).toBe(true);
    }
    expect(marksIn(folder).length).toBeLessThanOrEqual(2);
  });
});

describe('three callers at once', () => {
  const START: Readonly<Record<string, Files>> = {
    'nothing is there': {},
    'the interval is over': { due: 1_000, since: MINUTE },
    'the interval was never begun properly': { due: 1_000 },
    'a winner is dead': { due: 7_000, since: MINUTE, won: [6_000] },
    'two winners are dead': { due: 20_000, since: DAY, won: [12_000, 6_000] },
    'the clock stepped back': { due: -DAY, since: -DAY },
    'a winner died and the clock stepped back': { due: -DAY, since: -DAY, won: [-DAY] },
  };

  it.each(Object.entries(START))(
    'have one winner in any order of their steps, when %s',
    (_, files) => {
      const root = tempFolder();
      const callers = lockstep(root, 3);
      let run = 0;
      // runs of steps of one caller: a race needs one to be overtaken by much, not by a little
      const order = fc
        .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })
        .map((runs) => runs.flatMap(([caller, steps]) => Array<number>(steps).fill(caller)));
      fc.assert(
        fc.property(order, (steps) => {
          run += 1;
          const folder = makeFiles(root, String(run), files);
          expect(callers.race(run, steps)).toBe(1);
          expect(operationCount(folder)).toBe(3);
          expect(existsSync(`${folder.path}/due`)).toBe(true);
          expect(callers.race(run, steps)).toBe(0);
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(Array.from({ length: 14 }, (_, steps) => steps))(
    'have no third winner of two intervals, when one sleeps through both after %i steps',
    (steps) => {
      const root = tempFolder();
      const folder = makeFiles(root, '1', { due: 10 * MINUTE, since: 11 * MINUTE });
      let winners = 0;
      const win = (): void => {
        countOperation(folder);
        winners += winInterval(folder, MINUTE) ? 1 : 0;
      };
      const twoIntervals = (): void => {
        win();
        for (const name of ['due', 'since'])
          fileAt(`${folder.path}/${name}`, Date.now() - 5 * MINUTE); // the first is over
        win();
      };
      const late = lockstep(root, 1).race(1, Array<number>(steps).fill(0), twoIntervals);
      winners += late;
      expect(winners).toBeGreaterThanOrEqual(1);
      expect(winners).toBeLessThanOrEqual(2);
    },
  );

  it('have none while the interval runs', () => {
    const root = tempFolder();
    const callers = lockstep(root, 3);
    makeFiles(root, '1', { due: -30_000, since: 30_000 });
    expect(callers.race(1, [])).toBe(0);
  });
});
