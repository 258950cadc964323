import { mkdirSync } from 'node:fs';
import { onTestFinished, describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { listen } from '../../../lib/queue/wakeup/listen.ts';
import { detachWorker, type DetachOptions } from '../../../lib/actions/detach.ts';
import { writeFileSync } from 'node:fs';
import { tempFolder } from '../../support/temp-folder.ts';

describe('detachWorker', () => {
  it('names the program that is missing', async () => {
    await expect(detachWorker(options({ program: '/nowhere/waymark.cjs' }))).rejects.toMatchObject({
      code: 'WORKER_ABSENT',
      message: expect.stringContaining('/nowhere/waymark.cjs'),
    });
  });

  it('says how a worker ended that never came up', async () => {
    const program = `${tempFolder()}/waymark.cjs`;
    writeFileSync(program, 'process.exit(3);');
    await expect(detachWorker(options({ program, patienceMs: 2_000 }))).rejects.toMatchObject({
      code: 'WORKER_ABSENT',
      message: expect.stringContaining('status 3'),
    });
  });

  it('returns the worker that leads already and starts none', async () => {
    const given = options({ program: '/nowhere/waymark.cjs' });
    for (const path of [given.folder.wake, given.folder.heartbeat])
      mkdirSync(path, { recursive: true });
    const listener = listen(given.folder.wake, 'w1', {
      onRing: () => undefined,
      onQuit: () => undefined,
      onError: () => undefined,
    });
    onTestFinished(() => listener.close());
    writeFileSync(
      `${given.folder.heartbeat}/w1.json`,
      JSON.stringify({ id: 'w1', pid: 7, leader: true, version: '1.0.0' }),
    );
    await expect(detachWorker(given)).resolves.toEqual({ id: 'w1', pid: 7, isNew: false });
  });
});

function options(own: Partial<DetachOptions>): DetachOptions {
  return {
    folder: stateFolderAt(tempFolder()),
    version: '1.0.0',
    environment: process.env,
    node: process.execPath,
    program: '',
    flags: [],
    patienceMs: 100,
    ...own,
  };
}
