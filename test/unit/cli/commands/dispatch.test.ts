import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { queueDepth } from '../../../../lib/queue/depth.ts';
import { testHome } from '../../../support/test-home.ts';
import { runCommand } from '../run-command.ts';

describe('waymark dispatch', () => {
  it('applies what waits, delivers what is due, and says how much', async () => {
    const home = testHome();
    mkdirSync(`${home.root}/handlers`, { mode: 0o700 });
    writeFileSync(
      `${home.root}/handlers/touch`,
      `#!/bin/sh\n# waymark: on build.failed\ncat >>${home.root}/seen\n`,
    );
    writeFileSync(
      `${home.root}/handlers/refuse`,
      '#!/bin/sh\n# waymark: on build.failed attempts=1\nexit 1\n',
    );
    for (const name of ['touch', 'refuse']) chmodSync(`${home.root}/handlers/${name}`, 0o700);
    home.enqueue({ type: 'build.failed', ring: false });
    home.enqueue({ ring: false });
    const { status, out } = await runCommand(home.folder, ['dispatch', '--json', '--workers', '2']);
    expect(JSON.parse(out)).toEqual({
      applied: 2,
      failed: 0,
      dead: 0,
      delivers: true,
      deliveries: { delivered: 1, failed: 0, dead: 1 },
    });
    expect(status).toBe(1);
    expect(await runCommand(home.folder, ['dispatch'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+ entr(?:y|ies) applied\.\n0 deliveries made\.\n$/),
    });
  });

  it('says that the store does not serve, and keeps what waits', async () => {
    const home = testHome();
    home.enqueue({ ring: false });
    mkdirSync(home.folder.store);
    for (const command of [['dispatch'], ['dispatch', '--json'], ['worker', '--once']])
      expect(await runCommand(home.folder, command)).toMatchObject({
        status: 1,
        out: '',
        err: expect.stringContaining('Cannot drain the queue, where 1 wait: '),
      });
    expect(queueDepth(home.queue)).toMatchObject({ pending: 1, processing: 0 });
  });

  it('refuses a number of workers that makes no sense', async () => {
    expect(await runCommand(testHome().folder, ['dispatch', '--workers', '0'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('--workers 0'),
    });
  });
});
