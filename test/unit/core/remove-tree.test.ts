import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { removeTree } from '../../../lib/core/remove-tree.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Another local user, who owns nothing here. */
const NOBODY = 65_534;

/** Exchanges `inner` and a link to `outside`, as fast as it can, until it is stopped. */
const SWAPPER = `
  const fs = require('node:fs');
  const [inner, outside] = process.argv.slice(1);
  const quietly = (work) => { try { work(); } catch {} };
  console.log('ready');
  for (;;) {
    quietly(() => fs.mkdirSync(inner));
    quietly(() => fs.writeFileSync(inner + '/mine', ''));
    quietly(() => fs.renameSync(inner, inner + '.away'));
    quietly(() => fs.symlinkSync(outside, inner));
    quietly(() => fs.unlinkSync(inner));
    quietly(() => fs.renameSync(inner + '.away', inner));
  }`;

describe('removeTree', () => {
  it('deletes files, folders and links, but never the target of a link', () => {
    const [root, outside] = [tempFolder(), tempFolder()];
    writeFileSync(`${outside}/kept`, '');
    mkdirSync(`${root}/tree/a/b`, { recursive: true });
    writeFileSync(`${root}/tree/a/b/file`, '');
    symlinkSync(outside, `${root}/tree/a/link`);
    symlinkSync(outside, `${root}/link`);
    expect([removeTree(`${root}/tree`), removeTree(`${root}/link`)]).toEqual([[], []]);
    expect(removeTree(`${root}/missing`)).toEqual([]);
    expect(readdirSync(root)).toEqual([]);
    expect(existsSync(`${outside}/kept`)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'deletes nothing outside while another user exchanges a folder for a link',
    async () => {
      const [root, outside] = [tempFolder(), tempFolder()];
      for (const folder of [root, outside]) chmodSync(folder, 0o755);
      for (let index = 0; index < 50; index += 1) writeFileSync(`${outside}/${index}`, '');
      const isRoot = process.getuid?.() === 0;
      mkdirSync(`${root}/open`);
      chmodSync(`${root}/open`, 0o777);
      const swapper = spawn(process.execPath, ['-e', SWAPPER, `${root}/open/inner`, outside], {
        stdio: ['ignore', 'pipe', 'ignore'],
        cwd: '/',
        ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      });
      onTestFinished(() => void swapper.kill('SIGKILL'));
      await once(swapper.stdout, 'data');
      for (let round = 0; round < 2_000; round += 1) {
        removeTree(`${root}/open`);
        if (!existsSync(`${root}/open`)) mkdirSync(`${root}/open`);
        chmodSync(`${root}/open`, 0o777);
      }
      expect(readdirSync(outside)).toHaveLength(50);
    },
  );
});
