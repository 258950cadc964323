import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  prepareRestore,
  prepareUndo,
} from '../../../../lib/actions/restore-code/prepare-restore.ts';
import { restoreCode } from '../../../../lib/actions/restore-code/restore-code.ts';
import { openRestoreContext } from '../../../../lib/actions/restore-code/restore-context.ts';
import { findStore } from '../../../../lib/snapshots/open-store.ts';
import { codeScene, SESSION } from '../../../support/code-scene.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** What other tools' restores cost people, replayed: nothing of it is lost here. */
describe('a restore', () => {
  it('keeps untracked files that a `git clean -fd` would delete', async () => {
    const { write, git, shoot, restore, text } = codeScene();
    write('a.ts', 'one');
    git('add', '.');
    git('commit', '-qm', 'first');
    const { id } = await shoot();
    write('notes/today.md', 'a day of work');
    write('a.ts', 'two');
    await restore(id);
    expect([text('a.ts'), text('notes/today.md')]).toEqual(['one', 'a day of work']);
    await restore(id, { removesNew: true });
    expect(text('notes/today.md')).toBe('a day of work');
  });

  it('keeps what an uncommitted .gitignore ignored, though the restore takes that .gitignore back', async () => {
    const { write, shoot, restore, text, has } = codeScene();
    write('a.ts', 'one');
    const { id } = await shoot();
    write('.gitignore', '.env\nmodels/\n');
    write('.env', 'KEY=1');
    write('models/large.bin', 'weights');
    await shoot();
    await restore(id, { removesNew: true });
    expect(has('.gitignore')).toBe(false);
    expect([text('.env'), text('models/large.bin')]).toEqual(['KEY=1', 'weights']);
    await shoot();
    await restore(id, { removesNew: true });
    expect([text('.env'), text('models/large.bin')]).toEqual(['KEY=1', 'weights']);
  });

  it('keeps a file that was ignored at that time and is not any more', async () => {
    const { root, write, shoot, restore, text, prepare } = codeScene();
    write('.gitignore', '/cache/\n*.local\n!keep.local\n');
    write('cache/old', 'was there');
    write('my.local', 'was there');
    writeFileSync(`${root}/.git/info/exclude`, 'secret.txt\n');
    write('secret.txt', 'was there');
    const { id } = await shoot();
    write('.gitignore', '');
    writeFileSync(`${root}/.git/info/exclude`, '');
    write('keep.local', 'came since');
    await shoot();
    await shoot();
    const { plan } = await prepare(id, { removesNew: true });
    expect(plan.kept.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'cache/old', reason: 'ignored' },
      { path: 'my.local', reason: 'ignored' },
      { path: 'secret.txt', reason: 'ignored' },
    ]);
    await restore(id, { removesNew: true });
    expect(['cache/old', 'my.local', 'secret.txt'].map(text)).toEqual(Array(3).fill('was there'));
  });

  it('of a wrong moment costs nothing of a repository: an undo brings all of it back', async () => {
    const { write, shoot, restore, undo, remove, treeState } = codeScene();
    write('a', 'first file');
    const { id } = await shoot();
    for (let nth = 0; nth < 300; nth += 1) write(`src/${nth % 7}/${nth}.ts`, `file ${nth}`);
    remove('a');
    await shoot();
    const tree = treeState();
    expect(await restore(id, { removesNew: true })).toMatchObject({ written: 1, removed: 300 });
    await undo();
    expect(treeState()).toBe(tree);
  });

  it('never removes a large file that the snapshot had skipped', async () => {
    const { write, shoot, prepare, restore, has } = codeScene({ fileBytes: 1_000 });
    write('a', 'one');
    write('dump.sql', 'x'.repeat(5_000));
    const first = await shoot();
    expect(first.isPartial).toBe(true);
    write('a', 'two');
    write('dump.sql', 'small by now');
    await shoot();
    const { plan } = await prepare(first.id, { removesNew: true });
    expect(plan.kept).toEqual([{ path: 'dump.sql', reason: 'partial' }]);
    await restore(first.id, { removesNew: true });
    expect(has('dump.sql')).toBe(true);
  });

  it('removes nothing when a write fails', async () => {
    const { root, write, shoot, inGround, has, text } = codeScene();
    write('a', 'one');
    write('sub/b', 'one');
    const { id } = await shoot();
    write('a', 'two');
    write('sub/b', 'two');
    write('new', 'new');
    await shoot();
    await inGround(async (ground) => {
      const ready = await prepareRestore(ground, {
        cwd: root,
        checkpoint: id,
        paths: [],
        removesNew: true,
      });
      write('a', 'three'); // by somebody else, behind the last look
      const done = await restoreCode(ground, ready);
      expect(done.skipped.map(({ path }) => path)).toEqual(['a', 'new']);
    });
    expect([text('a'), text('sub/b'), has('new')]).toEqual(['three', 'one', true]);
  });

  it('changes neither index, stash, branches nor HEAD, also in the middle of a merge', async () => {
    const { write, git, shoot, restore, gitState, text } = codeScene();
    write('a', 'base\n');
    git('add', '.');
    git('commit', '-qm', 'base');
    git('checkout', '-qb', 'other');
    write('a', 'other\n');
    git('commit', '-qam', 'other');
    git('checkout', '-q', 'main');
    write('a', 'main\n');
    git('commit', '-qam', 'main');
    write('b', 'stashed\n');
    git('stash', '-qu');
    expect(() => git('merge', '-q', 'other')).toThrow();
    const { id } = await shoot();
    const conflict = text('a');
    write('a', 'resolved\n');
    git('add', 'a');
    const before = gitState();
    await restore(id);
    expect(text('a')).toBe(conflict);
    expect(gitState()).toBe(before);
  });

  it('writes nothing through a link that leads out of the tree', async () => {
    const { root, write, shoot, prepare, remove } = codeScene();
    const outside = tempFolder();
    write('lib/a', 'one');
    const { id } = await shoot();
    writeFileSync(`${outside}/a`, 'not ours');
    remove('lib');
    symlinkSync(outside, `${root}/lib`);
    const { plan } = await prepare(id, { removesNew: true });
    expect(plan.steps).toEqual([]);
    expect(readFileSync(`${outside}/a`, 'utf8')).toBe('not ours');
    expect(readdirSync(outside)).toEqual(['a']);
  });

  it('of a repository that was moved works at its new place, and undoes what was restored at the old one', async () => {
    const { root, write, shoot, restore, actionContext } = codeScene();
    write('a', 'one');
    const { id } = await shoot();
    write('a', 'two');
    await restore(id);
    const moved = `${root}-moved`;
    renameSync(root, moved);
    const text = (): string => readFileSync(`${moved}/a`, 'utf8');
    const ground = await openRestoreContext(actionContext, moved);
    try {
      expect(await restoreCode(ground, await prepareUndo(ground))).toMatchObject({ skipped: [] });
      expect(text()).toBe('two');
      const request = { cwd: moved, checkpoint: id, paths: [], removesNew: false };
      await restoreCode(ground, await prepareRestore(ground, request));
      expect(text()).toBe('one');
    } finally {
      ground.release();
    }
    rmSync(moved, { recursive: true });
  });

  it('into a clone made anew at the same place works, and undoes exactly', async () => {
    const { root, write, git, shoot, restore, undo, text, treeState } = codeScene();
    write('a', 'one');
    git('add', '.');
    git('commit', '-qm', 'first');
    const { id } = await shoot();
    rmSync(root, { recursive: true });
    mkdirSync(root);
    git('init', '-q');
    write('a', 'of the clone');
    const tree = treeState();
    await restore(id);
    expect(text('a')).toBe('one');
    await undo();
    expect(treeState()).toBe(tree);
  });

  it('from a store that lost an object changes nothing and says which', async () => {
    const { root, write, shoot, restore, home, actionContext, treeState } = codeScene();
    write('a', 'one');
    write('b', 'one, too');
    const { id } = await shoot();
    write('a', 'two');
    write('b', 'two');
    await shoot();
    const tree = treeState();
    const store = findStore(
      { path: root, repository: undefined },
      {
        stateRoot: home.folder.root,
        environment: actionContext.environment,
      },
    );
    const lost = `${store?.folder}/objects/${oidPath('one, too')}`;
    chmodSync(lost, 0o600);
    rmSync(lost);
    await expect(restore(id)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('missing'),
    });
    expect(treeState()).toBe(tree);
    expect(await restore(id, { paths: ['a'] })).toMatchObject({ written: 1 });
  });

  it('goes by what is there although the clock stepped back', async () => {
    const { write, shoot, restore, undo, text, advance } = codeScene();
    write('a', 'one');
    const { id } = await shoot();
    advance(-3_600_000);
    write('a', 'two');
    write('new', 'new');
    await shoot();
    await restore(id, { removesNew: true });
    expect([text('a'), text('new')]).toEqual(['one', 'new']);
    advance(-3_600_000);
    await undo();
    expect(text('a')).toBe('two');
  });

  it('of a session is not proved by what another session saw', async () => {
    const { write, shoot, prepare } = codeScene();
    write('a', 'one');
    const { id } = await shoot({ session: SESSION });
    write('new', 'new');
    await shoot({ session: 'other' });
    expect((await prepare(id, { removesNew: true })).plan.kept).toEqual([
      { path: 'new', reason: 'unproven' },
    ]);
  });
});

/** Where git keeps an object with this content. */
function oidPath(text: string): string {
  const oid = createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');
  return `${oid.slice(0, 2)}/${oid.slice(2)}`;
}
