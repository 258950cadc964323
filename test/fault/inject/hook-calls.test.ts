import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJsonObject } from '../../../lib/core/json.ts';
import { listRecoveryPaths } from '../../../lib/queue/recovery-folder.ts';
import { readLines } from '../../support/test-home.ts';
import { hookViolations, violations } from '../invariants.ts';
import {
  drain,
  hook,
  letTimePass,
  makePlace,
  makeQueue,
  type Place,
  placeAt,
  rowsOf,
  TOOL_CALL,
} from './place.ts';
import { noStrace, runUnharmed, type TracedRun } from './strace.ts';
import { death, everyError, isLong, runSweep, type Sweep } from './sweep.ts';

if (noStrace !== undefined)
  console.log(`skipped: faults in the system calls of a hook: ${noStrace}`);

interface HookPlace extends Place {
  /** Our end of a pipe that makes a worker appear alive. */
  readonly ear?: number;
}

const FIRST_CALL: Omit<Sweep<HookPlace>, 'name' | 'faults' | 'judge' | 'sample'> = {
  prepare: (root) => void makePlace(root),
  enter: placeAt,
  program: (place) => hook(place, 'post-tool-use', TOOL_CALL),
  folders: ['home/state', 'runtime'],
};

/** A session that is new, in a state folder that is not, while a worker listens. */
const LATER_CALL: typeof FIRST_CALL = {
  ...FIRST_CALL,
  prepare: async (root) => {
    const place = makePlace(root);
    makeQueue(place);
    expect(await drain(place)).toEqual([]);
  },
  enter: (root) => {
    const place = placeAt(root);
    mkdirSync(place.folder.wake, { recursive: true });
    execFileSync('mkfifo', [`${place.folder.wake}/wlive`]);
    return {
      ...place,
      ear: openSync(`${place.folder.wake}/wlive`, constants.O_RDWR | constants.O_NONBLOCK),
    };
  },
};

/**
 * While the queue cannot be written: what is made goes to the recovery folder, on another file
 * system.
 */
const KEPT_CALL: typeof FIRST_CALL = {
  ...FIRST_CALL,
  prepare: (root) => {
    const { folder } = makePlace(root);
    mkdirSync(folder.root, { mode: 0o700 });
    writeFileSync(folder.queue, '');
  },
  outside: ({ folder }) =>
    listRecoveryPaths(folder.recovery).filter((path) => /^\/(?:var\/)?tmp\/waymark-\d/.test(path)),
};

/**
 * After any fault in that: the event is stored when the queue is whole again, unless the hook said
 * that it is lost, or could not say where it is.
 */
async function judgeKept(place: HookPlace, run: TracedRun): Promise<readonly string[]> {
  rmSync(place.folder.queue);
  const said = String(parseJsonObject(run.stdout)?.['systemMessage'] ?? '');
  const drained = await drain(place);
  const stored = rowsOf(place, "SELECT id FROM events WHERE type = 'checkpoint.created'").length;
  return [
    ...hookViolations(run),
    ...drained,
    ...(stored > 1 ? [`stored ${stored} times`] : []),
    ...(stored === 0 && said.includes('is safe in') ? ['said to be safe, and lost'] : []),
    ...(stored === 0 && said === '' && !hasCapturedNothing(place) ? ['lost without a word'] : []),
  ];
}

/**
 * Whether the throttle took the call, because its files could not be read: then there is no event.
 */
function hasCapturedNothing({ folder }: HookPlace): boolean {
  return readLines(`${folder.log}/hook-errors.log`).length > 0;
}

/**
 * After any fault: the hook did no harm, and the event is stored once, or the hook said that it is
 * not.
 */
async function judge(place: HookPlace, run: TracedRun): Promise<readonly string[]> {
  const said =
    parseJsonObject(run.stdout)?.['systemMessage'] !== undefined ||
    readLines(`${place.folder.log}/hook-errors.log`).length > 0;
  const drained = await drain(place);
  const stored = rowsOf(place, "SELECT id FROM events WHERE type = 'checkpoint.created'").length;
  const living = place.ear === undefined ? [] : ['wlive'];
  if (place.ear !== undefined) closeSync(place.ear);
  return [
    ...hookViolations(run),
    ...drained,
    ...(stored > 1 ? [`stored ${stored} times`] : []),
    ...(stored === 0 && !said ? ['lost without a word'] : []),
    ...violations({ folder: place.folder, acknowledged: [], living }),
  ];
}

/**
 * After a death: the next hook finds no obstacle, and every event whose id was noted is accounted
 * for.
 */
async function judgeDeath(place: HookPlace): Promise<readonly string[]> {
  letTimePass(place);
  const next = await runUnharmed(
    hook(place, 'post-tool-use', { ...TOOL_CALL, tool_use_id: 'toolu_2' }),
  );
  const ended = await runUnharmed(hook(place, 'stop', { hook_event_name: 'Stop' }));
  const drained = await drain(place);
  const stored = rowsOf(place, 'SELECT kind FROM checkpoints').map((row) => String(row['kind']));
  const living = place.ear === undefined ? [] : ['wlive'];
  if (place.ear !== undefined) closeSync(place.ear);
  return [
    ...hookViolations(next),
    ...hookViolations(ended),
    ...drained,
    ...(stored.filter((kind) => kind === 'auto').length > 2 ? [`stored ${stored.join()}`] : []),
    ...(stored.includes('stop') ? [] : ['the next event did not arrive']),
    ...violations({ folder: place.folder, acknowledged: [], living }),
  ];
}

describe.skipIf(noStrace !== undefined)(
  'a hook whose system calls fail one by one',
  { timeout: isLong ? 1_200_000 : 60_000 },
  () => {
    it.each([
      ['the first call of all', FIRST_CALL],
      ['a call while a worker listens', LATER_CALL],
    ])('does no harm and loses nothing silently: %s', async (name, sweep) => {
      const result = await runSweep({
        ...sweep,
        name: `hook, ${name}`,
        faults: everyError,
        judge,
        sample: 10,
      });
      expect(result.broken).toEqual([]);
      expect(result.calls).toBeGreaterThan(30);
      expect(Object.values(result.hits).reduce((sum, hits) => sum + hits, 0)).toBeGreaterThan(5);
    });

    it('keeps in the recovery folder what the queue refuses, or says that it cannot', async () => {
      const result = await runSweep({
        ...KEPT_CALL,
        name: 'hook, while the queue refuses',
        faults: everyError,
        judge: judgeKept,
        only: ({ text }) => /\/tmp\/waymark-\d/.test(text),
        sample: 12,
      });
      expect(result.broken).toEqual([]);
      expect(result.calls).toBeGreaterThan(8);
      expect(Object.values(result.hits).reduce((sum, hits) => sum + hits, 0)).toBeGreaterThan(5);
    });

    it.each([
      ['the first call of all', FIRST_CALL],
      ['a call while a worker listens', LATER_CALL],
    ])('leaves nothing half when it is killed before any of them: %s', async (name, sweep) => {
      const result = await runSweep({
        ...sweep,
        name: `hook killed, ${name}`,
        faults: death,
        judge: judgeDeath,
        sample: 6,
      });
      expect(result.broken).toEqual([]);
      expect(result.hits['KILL']).toBeGreaterThan(3);
    });
  },
);
