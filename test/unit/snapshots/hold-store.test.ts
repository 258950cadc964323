import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { holdStore, tryHoldStore } from '../../../lib/snapshots/hold-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const SOURCE = fileURLToPath(new URL('../../support/programs/hold-store.ts', import.meta.url));

/** Another process that holds the store. */
async function holder(folder: string) {
  const outfile = fileURLToPath(
    new URL(`../../../node_modules/.cache/waymark-test/hold-${process.pid}.mjs`, import.meta.url),
  );
  buildSync({
    ...{ entryPoints: [SOURCE], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external' },
  });
  const child = spawn(process.execPath, [outfile, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said) };
}

it('is held by one process at a time, and free as soon as that one is killed, whatever the clock says', async () => {
  const folder = tempFolder();
  const { child, said } = await holder(folder);
  expect(said).toBe('held\n');
  expect(tryHoldStore({ folder })).toBeUndefined();
  expect(await holdStore({ folder }, 1)).toBeUndefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = tryHoldStore({ folder });
  expect(lock).toBeDefined();
  expect(tryHoldStore({ folder })).toBeUndefined(); // nor twice by one process
  lock?.release();
  const again = await holdStore({ folder }, 0);
  expect(again).toBeDefined();
  again?.release();
});

it('is waited for while another snapshot or restore has it', async () => {
  const folder = tempFolder();
  const first = tryHoldStore({ folder });
  const second = holdStore({ folder }, 60_000);
  first?.release();
  const lock = await second;
  expect(lock).toBeDefined();
  lock?.release();
});

it('says what the disk refuses, however long it may wait', async () => {
  const folder = join(tempFolder(), 'missing');
  await expect(holdStore({ folder }, 3_600_000)).rejects.toThrow();
});
