import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { eventId, stampSource } from '../../../lib/events/event-id.ts';
import { enqueue } from '../../../lib/queue/enqueue.ts';
import { formatEntryName } from '../../../lib/queue/entry-name.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { listEarlierFolders, writeToRecovery } from '../../../lib/queue/recovery-folder.ts';
import { nodeSqlite } from '../../../lib/store/node-sqlite.ts';
import { recoveryAt } from '../../support/recovery.ts';
import { violations } from '../invariants.ts';
import {
  drain,
  letTimePass,
  makePlace,
  makeQueue,
  type Place,
  placeAt,
  rowsOf,
  workerOnce,
} from './place.ts';
import { isNodesAbort, noStrace, type SystemCall, type TracedRun } from './strace.ts';
import {
  changes,
  death,
  everyError,
  isLong,
  plausibleErrors,
  runSweep,
  type Sweep,
} from './sweep.ts';

if (noStrace !== undefined)
  console.log(`skipped: faults in the system calls of a worker: ${noStrace}`);

interface WorkerPlace extends Place {
  /** Our end of the pipe of a worker that lives and holds an entry. */
  readonly ear: number;
}

const isLibsql = nodeSqlite() === undefined;
const NEXT = stampSource(Date.now);
const TYPES = [
  'session.prompt_submitted',
  'checkpoint.created',
  'task.failed',
  'session.prompt_submitted',
] as const;
const EVENTS = TYPES.map((type, n) => {
  const stamp = NEXT();
  return {
    stamp,
    event: sealEvent(
      { type, priority: n, payload: { session_id: 's1', call: { tool: 'Bash', error: 'no' } } },
      stamp,
      'test',
    ),
  };
});
const HELD = NEXT();
const KEPT = NEXT();

/**
 * Four events wait, a fifth is in the recovery folder, a sixth is held by another worker that
 * lives.
 */
function fill(place: Place): void {
  const queue = queueFolder(place.folder.queue);
  for (const [priority, { event, stamp }] of EVENTS.entries())
    enqueue(queue, event, stamp, priority, {
      durability: 'none',
      queueCap: 1_000,
      entryCap: 65_536,
    });
  const draft = { type: 'session.prompt_submitted', priority: 5, payload: { session_id: 's1' } };
  writeToRecovery(
    recoveryAt(`${place.root}/runtime/kept/own`),
    sealEvent(draft, KEPT, 'test'),
    KEPT,
    5,
  );
  mkdirSync(`${queue.processing}/wlive`);
  writeFileSync(
    `${queue.processing}/wlive/${formatEntryName({ ...HELD, priority: 5, attempts: 1 })}`,
    JSON.stringify(sealEvent(draft, HELD, 'test')),
  );
}

/**
 * The recovery folder of earlier versions: its name depends on the path of the state folder, so it
 * is given its name here.
 */
function enter(root: string): WorkerPlace {
  const place = placeAt(root);
  execFileSync('mv', [
    `${root}/runtime/kept/own`,
    listEarlierFolders(place.folder.recovery)[0] ?? '',
  ]);
  mkdirSync(place.folder.wake, { recursive: true });
  execFileSync('mkfifo', [`${place.folder.wake}/wlive`]);
  return {
    ...place,
    ear: openSync(`${place.folder.wake}/wlive`, constants.O_RDWR | constants.O_NONBLOCK),
  };
}

const ON_A_STORE: Omit<Sweep<WorkerPlace>, 'name' | 'faults' | 'judge' | 'sample'> = {
  prepare: async (root) => {
    const place = makePlace(root);
    makeQueue(place);
    expect(await drain(place)).toEqual([]);
    fill(place);
  },
  enter,
  program: workerOnce,
  folders: ['home/state', 'runtime'],
};

const WITHOUT_A_STORE: typeof ON_A_STORE = {
  ...ON_A_STORE,
  prepare: (root) => {
    const place = makePlace(root);
    makeQueue(place);
    fill(place);
  },
};

/**
 * libsql 0.5.29 passes over a failed read of its log while it moves the log into the store, and
 * spoils the store; SQLite itself, as Node 22.13 and later have it, stops and keeps the log. No
 * caller can tell, so these calls are left out where libsql is the driver. docs/fault-tests.md says
 * so.
 */
const isSeen = ({ name, text }: SystemCall): boolean =>
  !(isLibsql && name === 'pread64' && text.includes('waymark.db-wal'));

/**
 * After any fault, the next worker stores everything exactly once, blames no entry and leaves the
 * living worker alone.
 */
async function judge(place: WorkerPlace, run: TracedRun): Promise<readonly string[]> {
  letTimePass(place);
  const drained = await drain(place);
  const stored = rowsOf(place, "SELECT id FROM events WHERE source = 'test'").length;
  closeSync(place.ear);
  const ids = [...EVENTS.map(({ stamp }) => stamp), KEPT].map(eventId);
  const held = eventId(HELD);
  return [
    ...(run.isKilled || isNodesAbort(run) || run.status === 0 || run.status === 1
      ? []
      : [`the worker ended with ${run.status ?? run.signal}: ${run.stderr.slice(-200)}`]),
    ...drained,
    ...(stored === ids.length ? [] : [`${stored} events are stored`]),
    ...violations({
      folder: place.folder,
      acknowledged: [...ids, held],
      living: ['wlive'],
      held: [held],
    }),
  ];
}

describe.skipIf(noStrace !== undefined)(
  'a worker whose system calls fail one by one',
  { timeout: isLong ? 3_600_000 : 60_000 },
  () => {
    it('is followed by one that stores everything once and blames no entry', async () => {
      const result = await runSweep({
        ...ON_A_STORE,
        name: 'worker',
        only: isSeen,
        faults: plausibleErrors,
        judge,
        sample: 8,
      });
      expect(result.broken).toEqual([]);
      expect(result.calls).toBeGreaterThan(200);
    });

    it('is followed by such a one, also while the store is being made', async () => {
      const result = await runSweep({
        ...WITHOUT_A_STORE,
        name: 'worker, new store',
        only: changes,
        faults: () => everyError().slice(0, 2),
        judge,
        sample: 3,
      });
      expect(result.broken).toEqual([]);
    });

    it.each([
      ['on a store', ON_A_STORE],
      ['while the store is being made', WITHOUT_A_STORE],
    ])(
      'is followed by such a one when it is killed before any of them, %s',
      async (name, sweep) => {
        const result = await runSweep({
          ...sweep,
          name: `worker killed ${name}`,
          only: changes,
          faults: death,
          judge,
          sample: 4,
        });
        expect(result.broken).toEqual([]);
        expect(result.hits['KILL']).toBeGreaterThan(2);
      },
    );
  },
);
