import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeScene } from '../../support/code-scene.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { fillSpace, mountTmpfs, noMount } from './mount.ts';

if (noMount !== undefined) console.log(`skipped: a restore on a full disk: ${noMount}`);

it.skipIf(noMount !== undefined)(
  'of files on a disk that fills up in the middle changes nothing, and works once there is space',
  { timeout: 60_000 },
  async () => {
    const root = `${tempFolder()}/repo`;
    mountTmpfs(root, 'size=4m');
    const { write, shoot, restore, undo, treeState, text } = codeScene({ root });
    const large = 'one '.repeat(60_000);
    for (const name of ['a', 'b', 'c']) write(name, `${name} ${large}`);
    const { id } = await shoot();
    for (const name of ['a', 'b', 'c']) write(name, 'two');
    write('new', 'new');
    await shoot();
    const giveBack = fillSpace(root, 80); // one draft fits, the second does not
    const tree = treeState();
    await expect(
      restore(id, { removesNew: true, paths: ['a', 'b', 'c', 'new'] }),
    ).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(treeState()).toBe(tree);
    expect(readdirSync(root).filter((name) => name.startsWith('.waymark'))).toEqual([]);
    giveBack();
    expect(await restore(id, { paths: ['a', 'b', 'c'] })).toMatchObject({ written: 3 });
    expect(text('c')).toBe(`c ${large}`);
    await undo();
    expect(text('c')).toBe('two');
  },
);
