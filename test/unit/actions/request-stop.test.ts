import { onTestFinished, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../../../lib/queue/wakeup/listen.ts';
import { requestStop } from '../../../lib/actions/request-stop.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe.skipIf(process.platform === 'win32')('requestStop', () => {
  it('waits until the pipe is dead', async () => {
    const wakeFolder = tempFolder();
    const listener: Listener = listen(wakeFolder, 'w1', {
      onRing: () => undefined,
      onQuit: () => listener.close(),
      onError: () => undefined,
    });
    await expect(requestStop({ wakeFolder, worker: 'w1', patienceMs: 10_000 })).resolves.toBe(
      'stopped',
    );
  });

  it('gives up on a worker that hears and stays', async () => {
    const wakeFolder = tempFolder();
    let asked = 0;
    const onQuit = (): void => {
      asked += 1;
    };
    const listener = listen(wakeFolder, 'w1', {
      onRing: () => undefined,
      onQuit,
      onError: () => undefined,
    });
    onTestFinished(() => listener.close());
    await expect(requestStop({ wakeFolder, worker: 'w1', patienceMs: 100 })).resolves.toBe(
      'silent',
    );
    expect(asked).toBe(1);
  });

  it('finds no worker without a pipe', async () => {
    await expect(
      requestStop({ wakeFolder: tempFolder(), worker: 'w1', patienceMs: 10_000 }),
    ).resolves.toBe('absent');
  });
});
