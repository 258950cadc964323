import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WaymarkError } from '../../../../lib/core/errors.ts';
import { pathText } from '../../../../lib/snapshots/restore/path-state.ts';
import { codeScene } from '../../../support/code-scene.ts';

describe('restoreCode', () => {
  it('brings files back, and takes that back and back again, with nothing changed in .git', async () => {
    const { write, shoot, restore, undo, git, text, has, remove, gitState, treeState } =
      codeScene();
    write('src/a.ts', 'one\n');
    write('run', '#!/bin/sh\n', 0o755);
    write('gone/b.txt', 'two\n');
    git('add', 'src', 'run');
    git('commit', '-qm', 'first');
    const { id } = await shoot();
    write('src/a.ts', 'broken\n');
    write('run', '#!/bin/sh\n', 0o644);
    write('new.txt', 'new\n');
    remove('gone');
    await shoot();
    const [before, tree] = [gitState(), treeState()];
    expect(await restore(id)).toMatchObject({ written: 3, removed: 0, skipped: [] });
    expect([text('src/a.ts'), text('gone/b.txt'), has('new.txt')]).toEqual([
      'one\n',
      'two\n',
      true,
    ]);
    const restored = treeState();
    expect(await undo()).toMatchObject({ written: 2, removed: 1, skipped: [] });
    expect(treeState()).toBe(tree);
    expect(await undo()).toMatchObject({ skipped: [] });
    expect(treeState()).toBe(restored);
    expect(gitState()).toBe(before);
  });

  it('gives folders that it makes again the permissions that they had, and takes that back', async () => {
    const { root, write, shoot, restore, undo, remove, treeState } = codeScene();
    const modes = { private: 0o700, 'private/shared': 0o2775, usual: 0o755, closed: 0o555 };
    for (const folder of Object.keys(modes)) write(`${folder}/file`, folder);
    write('other', 'x');
    const modeOf = (folder: string) => lstatSync(`${root}/${folder}`).mode & 0o7777;
    for (const [folder, mode] of Object.entries(modes)) chmodSync(`${root}/${folder}`, mode);
    const { id } = await shoot();
    const whole = treeState();
    chmodSync(`${root}/closed`, 0o755);
    for (const folder of ['private', 'usual', 'closed']) remove(folder);
    await shoot();
    const empty = treeState();
    const umask = process.umask(0o077);
    try {
      await restore(id);
      // its owner may write into it: files were still to come
      expect(modeOf('closed')).toBe(0o755);
      chmodSync(`${root}/closed`, 0o555);
      expect(treeState()).toBe(whole);
      chmodSync(`${root}/closed`, 0o755);
      await undo();
      expect(treeState()).toBe(empty);
      await undo();
      chmodSync(`${root}/closed`, 0o555);
      expect(treeState()).toBe(whole);
    } finally {
      process.umask(umask);
    }
  });

  it('knows the permissions of a folder from snapshots of few changes, too', async () => {
    const { root, write, shoot, restore, remove } = codeScene();
    const modeOf = (folder: string) => lstatSync(`${root}/${folder}`).mode & 0o7777;
    write('a', 'x');
    write('was/private/b', 'x');
    await shoot();
    write('new/c', 'x');
    write('was/private/b', 'two');
    chmodSync(`${root}/new`, 0o700);
    chmodSync(`${root}/was`, 0o750);
    const { id } = await shoot();
    for (const folder of ['new', 'was']) remove(folder);
    await shoot();
    await restore(id);
    expect(['new', 'was', 'was/private'].map(modeOf)).toEqual([0o700, 0o750, 0o755]);
  });

  it('leaves the permissions of a folder that is there', async () => {
    const { root, write, shoot, restore } = codeScene();
    write('stays/a', 'one');
    const { id } = await shoot();
    write('stays/a', 'two');
    chmodSync(`${root}/stays`, 0o711);
    await shoot();
    await restore(id);
    expect(lstatSync(`${root}/stays`).mode & 0o7777).toBe(0o711);
  });

  it('restores and removes all names of a file that has several', async () => {
    const { root, write, shoot, restore, undo, text, has } = codeScene();
    for (const name of ['a', 'b', 'c']) write(name, 'one');
    const { id } = await shoot();
    write('a', 'two');
    for (const name of ['b', 'c', 'new', 'newer']) {
      rmSync(`${root}/${name}`, { force: true });
      linkSync(`${root}/a`, `${root}/${name}`);
    }
    await shoot();
    const done = await restore(id, { removesNew: true });
    expect(done).toMatchObject({ written: 3, removed: 2, skipped: [] });
    expect(['a', 'b', 'c'].map(text)).toEqual(['one', 'one', 'one']);
    expect(has('new') || has('newer')).toBe(false);
    expect(await undo()).toMatchObject({ written: 5, skipped: [] });
    expect(['a', 'b', 'c', 'new', 'newer'].map(text)).toEqual(Array(5).fill('two'));
  });

  it('removes what came since only when it is told to', async () => {
    const { write, shoot, prepare, restore, undo, has, treeState } = codeScene();
    write('a', 'one');
    const { id } = await shoot();
    write('new/x', 'new');
    await shoot();
    const tree = treeState();
    const ready = await prepare(id);
    expect(ready.plan).toEqual({ steps: [], kept: [{ path: 'new/x', reason: 'came' }] });
    expect(await restore(id, { removesNew: true })).toMatchObject({ written: 0, removed: 1 });
    expect(has('new')).toBe(false);
    await undo();
    expect(treeState()).toBe(tree);
  });

  it('takes no restore back in a clone that has the place of the work tree, and names what to restore', async () => {
    const { root, write, git, shoot, restore, undo, text, treeState } = codeScene();
    write('a', 'one');
    write('kept', 'one');
    git('add', '.');
    git('commit', '-qm', 'first');
    const { id } = await shoot();
    write('a', 'two');
    rmSync(`${root}/kept`);
    await shoot();
    await restore(id);
    const old = `${root}-old`;
    renameSync(root, old);
    execFileSync('git', ['clone', '-q', old, root]);
    const tree = treeState();
    const refused: unknown = await undo().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      ...{ code: 'NOT_FOUND', message: expect.stringContaining('is not the folder') },
      remedy: expect.stringMatching(/^`waymark restore [0-9a-f]{10}`/),
    });
    expect(treeState()).toBe(tree);
    const before = /[0-9a-f]{10}/.exec(refused instanceof WaymarkError ? refused.remedy : '')?.[0];
    await restore(before ?? '');
    expect([text('a'), text('kept')]).toEqual(['two', 'one']);
  });

  it('keeps a file of which no later snapshot of the session shows that it came', async () => {
    const { write, shoot, prepare } = codeScene();
    write('a', 'one');
    const { id } = await shoot();
    write('by-hand', 'mine');
    await shoot({ session: 'bbbb1111-0000-4000-8000-000000000002' });
    const { plan } = await prepare(id, { removesNew: true });
    expect(plan.kept).toEqual([{ path: 'by-hand', reason: 'unproven' }]);
  });

  it('restores only the paths that are named, from the folder of the command', async () => {
    const { root, write, shoot, restore, text } = codeScene();
    write('src/a', '1');
    write('src/b', '1');
    write('c', '1');
    const { id } = await shoot();
    for (const path of ['src/a', 'src/b', 'c']) write(path, '2');
    await restore(id, { cwd: `${root}/src`, paths: ['a'] });
    expect([text('src/a'), text('src/b'), text('c')]).toEqual(['1', '2', '2']);
    await restore(id, { paths: ['src'] });
    expect([text('src/b'), text('c')]).toEqual(['1', '2']);
    await expect(restore(id, { paths: ['../x'] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(restore(id, { paths: ['nowhere'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses where a file would be lost that the snapshot of the present does not have', async () => {
    const { write, shoot, prepare, text } = codeScene();
    write('data.bin', 'small');
    const { id } = await shoot();
    write('.gitignore', 'data.bin\n');
    await shoot();
    await shoot();
    write('data.bin', 'large by now, and ignored');
    await expect(prepare(id)).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
    expect(text('data.bin')).toBe('large by now, and ignored');
  });

  it('handles names that are not UTF-8, with line breaks, and with what looks like patterns', async () => {
    const { root, write, shoot, restore, remove, has } = codeScene();
    const names = ['a\nb', ' lead', '*', ':(top)', 'ü', '-x', '"q"', '\\'];
    for (const name of names) write(name, name);
    const { id } = await shoot();
    for (const name of names) remove(name);
    expect(await restore(id)).toMatchObject({ written: names.length });
    expect(names.map(has)).toEqual(names.map(() => true));
    expect(root).not.toBe('');
    expect(pathText('\u00c3\u00bc')).toBe('ü');
  });

  it('lets one restore run at a time', async () => {
    const { write, shoot, prepare, inGround } = codeScene();
    write('a', 'one');
    const { id } = await shoot();
    await inGround(async () => {
      await expect(prepare(id)).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
    });
    expect((await prepare(id)).plan.steps).toEqual([]);
  });

  it('names files that changed after the newest snapshot by nobody that was recorded', async () => {
    const { write, shoot, prepare } = codeScene();
    write('a', 'one');
    write('b', 'one');
    const { id } = await shoot();
    write('a', 'two');
    await shoot();
    write('b', 'manual');
    expect((await prepare(id)).risks).toEqual([{ path: 'b', kind: 'unseen' }]);
  });
});
