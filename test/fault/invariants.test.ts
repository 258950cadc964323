import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EventDraft, sealEvent } from '../../lib/events/envelope.ts';
import { eventId, type EventStamp, stampSource } from '../../lib/events/event-id.ts';
import { formatDelayedName, formatEntryName } from '../../lib/queue/entry-name.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { makeRecovery, recoveryPath } from '../support/recovery.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';
import { type FinishedRun, hookViolations, violations } from './invariants.ts';

interface Healthy {
  readonly home: TestHome;
  readonly run: FinishedRun;
  readonly stamp: EventStamp;
  readonly id: string;
  /** An entry of the queue in our form, whole. */
  put(folder: string, attempts?: number, stamp?: EventStamp): string;
  /** Changes the store. */
  store(change: (database: Database) => void): void;
}

const NEXT = stampSource(Date.now);

function draft(own: Partial<EventDraft> = {}): EventDraft {
  return {
    type: 'session.prompt_submitted',
    priority: 5,
    payload: { session_id: 's1', prompt: 'x' },
    ...own,
  };
}

/** A state folder after three events that all went well. */
function healthy(): Healthy {
  const home = testHome();
  const stamps = [NEXT(), NEXT(), NEXT()];
  const [first = NEXT()] = stamps;
  const drafts = [
    draft(),
    draft({ type: 'checkpoint.created' }),
    draft({
      type: 'task.failed',
      payload: { session_id: 's1', call: { tool: 'Bash', error: 'no' } },
    }),
  ];
  const events = stamps.map((stamp, n) => sealEvent(drafts[n] ?? draft(), stamp, 'test'));
  const store = (change: (database: Database) => void): void => {
    const database = openStore(home.folder.store, sqliteDriver());
    change(database);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  };
  store((database) => eventApplier(database, EFFECTS, Date.now)(events));
  const put = (folder: string, attempts = 0, stamp = NEXT()): string => {
    mkdirSync(folder, { recursive: true });
    const path = `${folder}/${formatEntryName({ ...stamp, priority: 5, attempts })}`;
    writeFileSync(path, JSON.stringify(sealEvent(draft(), stamp, 'test')));
    return path;
  };
  return {
    home,
    run: { folder: home.folder, acknowledged: events.map((event) => event.event_id) },
    stamp: first,
    id: eventId(first),
    put,
    store,
  };
}

/** The numbers of the invariants that a run broke. */
function broken(run: FinishedRun): readonly string[] {
  return [...new Set(violations(run).map((line) => line.replace(/:.*/s, '')))].sort();
}

describe('the check of the invariants', () => {
  it('finds nothing where all is well', () => {
    const { run } = healthy();
    expect(violations(run)).toEqual([]);
    expect(violations({ ...run, isOrdered: true, maxWaiting: 0 })).toEqual([]);
  });

  it('finds nothing wrong with entries that wait, when they may', () => {
    const { home, run, put } = healthy();
    const stamp = NEXT();
    put(`${home.queue.pending}/5`, 0, stamp);
    expect(
      violations({ ...run, isDrained: false, acknowledged: [...run.acknowledged, eventId(stamp)] }),
    ).toEqual([]);
  });

  it.each<readonly [string, string, (place: Healthy) => Partial<FinishedRun> | undefined]>([
    [
      'I1',
      'an acknowledged event is nowhere',
      ({ run }) => ({ acknowledged: [...run.acknowledged, eventId(NEXT())] }),
    ],
    [
      'I1',
      'a noted event is nowhere',
      ({ home }) => {
        mkdirSync(`${home.folder.throttle}/s1`, { recursive: true });
        appendFileSync(`${home.folder.throttle}/s1/captured`, `${eventId(NEXT())}\n`);
        return undefined;
      },
    ],
    [
      'I1',
      'one entry lies in two places',
      ({ home, put }) => {
        const stamp = NEXT();
        put(`${home.queue.pending}/5`, 0, stamp);
        put(`${home.queue.pending}/4`, 0, stamp);
        return { isDrained: false };
      },
    ],
    [
      'I2',
      'an entry is half',
      ({ home, put }) => {
        truncateSync(put(`${home.queue.pending}/5`), 20);
        return { isDrained: false };
      },
    ],
    [
      'I2',
      'an entry holds another event',
      ({ home, put }) => {
        writeFileSync(
          put(`${home.queue.pending}/5`),
          JSON.stringify(sealEvent(draft(), NEXT(), 'test')),
        );
        return { isDrained: false };
      },
    ],
    [
      'I3',
      'an effect came twice',
      ({ store }) =>
        void store((database) =>
          database.exec(
            "INSERT INTO prompts (session_id, id) SELECT session_id, id || ' again' FROM prompts",
          ),
        ),
    ],
    [
      'I3',
      'an effect is missing',
      ({ store }) => void store((database) => database.exec('DELETE FROM checkpoints')),
    ],
    [
      'I3',
      'a failure is missing',
      ({ store }) => void store((database) => database.exec('DELETE FROM failures')),
    ],
    [
      'I4',
      'two workers hold one entry',
      ({ home, put }) => {
        const stamp = NEXT();
        for (const worker of ['w1', 'w2']) put(`${home.queue.processing}/${worker}`, 1, stamp);
        return { isDrained: false, living: ['w1', 'w2'] };
      },
    ],
    [
      'I5',
      'an entry was tried too often',
      ({ home, put }) => {
        put(`${home.queue.pending}/5`, 7);
        return { isDrained: false };
      },
    ],
    ['I6', 'an entry waits', ({ home, put }) => void put(`${home.queue.pending}/5`)],
    [
      'I6',
      'a foreign file waits',
      ({ home }) => void writeFileSync(`${home.queue.pending}/note.json`, '{}'),
    ],
    [
      'I6',
      'an entry is delayed',
      ({ home }) => {
        const stamp = NEXT();
        const name = formatDelayedName(Date.now(), { ...stamp, priority: 5, attempts: 1 });
        writeFileSync(
          `${home.queue.delayed}/${name}`,
          JSON.stringify(sealEvent(draft(), stamp, 'test')),
        );
        return undefined;
      },
    ],
    [
      'I7',
      'what a living worker held was taken from it',
      ({ home, put }) => {
        const stamp = NEXT();
        put(`${home.queue.pending}/5`, 1, stamp);
        return { isDrained: false, living: ['w1'], held: [eventId(stamp)] };
      },
    ],
    [
      'I10',
      'a good entry is dead',
      ({ home, put }) => void writeFileSync(`${put(home.queue.dead, 1)}.reason`, '{"reason":"no"}'),
    ],
    ['I10', 'a bad one is not', () => ({ dead: [eventId(NEXT())] })],
    [
      'I10',
      'a dead one has no reason',
      ({ home }) => void writeFileSync(`${home.queue.dead}/note.json`, 'x'),
    ],
    [
      'I11',
      'a younger event was stored first',
      ({ store }) => {
        const late = sealEvent(draft(), { ...NEXT(), time: Date.now() - 60_000 }, 'test');
        store((database) => eventApplier(database, EFFECTS, Date.now)([late]));
        return { isOrdered: true };
      },
    ],
    ['I13', 'a draft is left', ({ home }) => void writeFileSync(`${home.queue.tmp}/x`, '')],
    [
      'I13',
      'a pipe is left',
      ({ home }) =>
        void [mkdirSync(home.folder.wake), execFileSync('mkfifo', [`${home.folder.wake}/w1`])],
    ],
    [
      'I13',
      'a pipe is left elsewhere',
      ({ home }) => void execFileSync('mkfifo', [`${home.root}/x`]),
    ],
    [
      'I13',
      'a heartbeat is left',
      ({ home }) =>
        void [
          mkdirSync(home.folder.heartbeat),
          writeFileSync(`${home.folder.heartbeat}/w1.json`, '{}'),
        ],
    ],
    [
      'I13',
      'a folder of a worker is left',
      ({ home }) => void mkdirSync(`${home.queue.processing}/w1`),
    ],
    [
      'I13',
      'a half replaced file is left',
      ({ home }) => void writeFileSync(`${home.root}/config.json.123456`, ''),
    ],
    [
      'I13',
      'a draft of the recovery folder is left',
      ({ home }) =>
        void [
          mkdirSync(`${makeRecovery(home.folder.recovery)}/tmp`),
          writeFileSync(`${recoveryPath(home.folder.recovery)}/tmp/x`, ''),
        ],
    ],
    [
      'I13',
      'a process still runs',
      ({ home }) => {
        const child = spawn('sleep', ['30'], {
          env: { PATH: process.env['PATH'], WAYMARK_HOME: home.root },
        });
        onTestFinished(() => void child.kill('SIGKILL'));
        return undefined;
      },
    ],
    ['I15', 'a page of the store is overwritten', ({ home }) => void scratchIndex(home)],
    [
      'I15',
      'the store is no database',
      ({ home }) => void writeFileSync(home.folder.store, 'These are no pages. '.repeat(500)),
    ],
    [
      'I16',
      'more entries wait than may',
      ({ home, put }) => {
        put(`${home.queue.pending}/5`);
        put(`${home.queue.pending}/5`);
        return { isDrained: false, maxWaiting: 1 };
      },
    ],
  ])('breaks %s when %s', (invariant, _what, breakIt) => {
    const place = healthy();
    const changed = breakIt(place) ?? {};
    expect(broken({ ...place.run, ...changed })).toEqual([invariant]);
  });

  it('breaks I1 when a stored entry is still in the queue', () => {
    const { home, run, stamp, put } = healthy();
    put(`${home.queue.pending}/5`, 1, stamp);
    expect(broken(run)).toEqual(['I1', 'I6']);
    expect(namesIn(home.queue.dead)).toEqual([]);
  });
});

/** Puts zeros over the entries of one index: every table stays readable. */
function scratchIndex({ folder, rows }: TestHome): void {
  const root = Number(
    rows("SELECT rootpage FROM sqlite_schema WHERE name = 'events_by_session'")[0]?.['rootpage'],
  );
  const size = Number(rows('PRAGMA page_size')[0]?.['page_size']);
  const bytes = readFileSync(folder.store).length;
  expect(root * size).toBeLessThanOrEqual(bytes);
  const fd = openSync(folder.store, constants.O_RDWR);
  // an empty leaf
  writeSync(fd, Buffer.from([10, 0, 0, 0, 0, size >> 8, size & 0xff, 0]), 0, 8, (root - 1) * size);
  closeSync(fd);
}

describe('the check of one hook run', () => {
  it('accepts silence and one object with a message', () => {
    expect(hookViolations({ status: 0, stdout: '', stderr: '' })).toEqual([]);
    expect(
      hookViolations({ status: 0, stdout: '{"systemMessage":"waymark: no"}\n', stderr: '' }),
    ).toEqual([]);
  });

  it.each([
    ['a status', { status: 2, stdout: '', stderr: '' }],
    ['a signal', { status: null, stdout: '', stderr: '' }],
    ['a text', { status: 0, stdout: 'no', stderr: '' }],
    ['two objects', { status: 0, stdout: '{}\n{}\n', stderr: '' }],
    ['a decision', { status: 0, stdout: '{"decision":"block"}', stderr: '' }],
    ['a word on standard error', { status: 0, stdout: '', stderr: 'no' }],
  ])('refuses %s', (_what, run) => {
    expect(hookViolations(run)).toHaveLength(1);
  });
});
