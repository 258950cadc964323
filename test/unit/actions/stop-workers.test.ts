import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopWorkers } from '../../../lib/actions/stop-workers.ts';
import { systemClock } from '../../../lib/core/clock.ts';
import { isRunning } from '../../../lib/core/is-running.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { listen } from '../../../lib/queue/wakeup/listen.ts';
import { testHome } from '../../support/test-home.ts';

describe.skipIf(process.platform === 'win32')('stopWorkers', () => {
  it('comes back when the process has ended, not when its pipe is closed', async () => {
    const { folder } = testHome();
    makeQueueFolder(queueFolder(folder.queue));
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    for (const path of [folder.wake, folder.heartbeat]) mkdirSync(path, { recursive: true });
    writeFileSync(`${folder.heartbeat}/w1.json`, JSON.stringify({ id: 'w1', pid: child.pid }));
    const listener = listen(folder.wake, 'w1', {
      onRing: () => undefined,
      onQuit: () => {
        listener.close();
        setTimeout(() => child.stdin.end(), 200); // its last lines
      },
      onError: () => undefined,
    });
    const { stopped } = await stopWorkers({ folder, clock: systemClock });
    expect(stopped).toEqual(['w1']);
    expect(isRunning(child.pid ?? 0)).toBe(false);
  });
});
