import { expect, it } from 'vitest';
import { fileLog } from '../../lib/core/log.ts';
import { makePrivateFolder } from '../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { takeLead } from '../../lib/store/leader-lock.ts';
import { assemble } from '../../lib/worker/assemble.ts';
import { LiveConfig } from '../../lib/worker/live-config.ts';
import { eventually } from '../support/eventually.ts';
import { testHome, type TestHome } from '../support/test-home.ts';

/** More readings of the clock than an idle worker makes in several turns. */
const MOMENTS = 80;

/** A worker in this process. @param onClock Called at each reading of the clock. */
function startWorker({ folder }: TestHome, onClock: () => void) {
  for (const path of [folder.wake, folder.heartbeat, folder.log, folder.throttle, folder.views])
    makePrivateFolder(path);
  const log = fileLog(`${folder.log}/worker.log`, 'info', Date.now);
  const flags = { readTimeout: 0.02, readTimeoutMax: 0.02, recoverInterval: 0.02 };
  const config = new LiveConfig({ file: folder.configFile, environment: {}, flags, log });
  const open = sqliteDriver();
  const lead = takeLead(folder.leaderLock, open);
  const clock = (): number => {
    onClock();
    return Date.now();
  };
  const parts = { folder, config, clock, log, open, version: '0.0.0', once: false };
  const assembled = assemble({ ...parts, ...(lead === undefined ? {} : { lead }) });
  const ended = assembled.worker.run().finally(async () => {
    assembled.stopWatching();
    await assembled.handlers.close();
    assembled.storeConnection.finish();
  });
  return { worker: assembled.worker, ended };
}

it('a worker stores what was in the queue when it was asked to stop, at whichever moment of a turn', async () => {
  const left: number[] = [];
  for (let moment = 1; moment <= MOMENTS; moment += 1) {
    const home = testHome();
    let untilMoment = Number.POSITIVE_INFINITY;
    let id = '';
    const { worker, ended } = startWorker(home, () => {
      untilMoment -= 1;
      if (untilMoment !== 0) return;
      id = home.enqueue({ ring: false });
      worker.stop('the test asks for it');
    });
    const first = home.enqueue();
    await eventually('it serves', () => home.isStored(first) && home.isQuiet());
    untilMoment = moment;
    // A worker without work reads the clock again after seconds only.
    const waking = setInterval(() => worker.wake(), 1);
    await ended;
    clearInterval(waking);
    if (!home.isStored(id)) left.push(moment);
  }
  expect(left).toEqual([]);
});
