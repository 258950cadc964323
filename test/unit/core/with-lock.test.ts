import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdLock, withLock } from '../../../lib/core/with-lock.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('withLock', () => {
  it('holds a lock beside the file while it works, and none afterwards', async () => {
    const file = join(tempFolder(), 'settings.json');
    expect(await withLock(file, 0, () => existsSync(`${file}.lock`))).toBe(true);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('refuses while another program holds it, without doing the work', async () => {
    const file = join(tempFolder(), 'settings.json');
    mkdirSync(`${file}.lock`);
    let worked = false;
    await expect(withLock(file, 0, () => (worked = true))).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
    });
    expect([worked, existsSync(`${file}.lock`)]).toEqual([false, true]);
  });

  it('takes over a lock that its holder left behind', async () => {
    const file = join(tempFolder(), 'settings.json');
    mkdirSync(`${file}.lock`);
    utimesSync(`${file}.lock`, 1_000, 1_000);
    expect(await withLock(file, 0, () => 'done')).toBe('done');
  });

  it('takes over a lock with a time to come, if nobody renews it', async () => {
    const file = join(tempFolder(), 'settings.json');
    mkdirSync(`${file}.lock`);
    const later = Date.now() / 1_000 + 86_400;
    utimesSync(`${file}.lock`, later, later);
    const pauses: number[] = [];
    const pause = async (ms: number) => pauses.push(ms);
    expect(await withLock(file, 0, () => 'done', pause)).toBe('done');
    expect(pauses).toEqual([10_000]);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('refuses while another program renews its lock, whatever the clock was', async () => {
    const file = join(tempFolder(), 'settings.json');
    mkdirSync(`${file}.lock`);
    const later = Date.now() / 1_000 + 86_400;
    utimesSync(`${file}.lock`, later, later);
    const renew = async () => utimesSync(`${file}.lock`, later + 1, later + 1);
    await expect(withLock(file, 0, () => 1, renew)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
    });
  });

  it('lets two callers take turns', async () => {
    const file = join(tempFolder(), 'settings.json');
    expect(await Promise.all([withLock(file, 20, () => 1), withLock(file, 20, () => 2)])).toEqual([
      1, 2,
    ]);
  });

  it('creates missing folders, lists them, and deletes them again when the work fails', async () => {
    const root = tempFolder();
    const made = await withLock(join(root, 'a/b/settings.json'), 0, (locked) => locked.madeFolders);
    expect(made).toEqual([join(root, 'a'), join(root, 'a/b')]);
    const failing = () => {
      throw new Error('no');
    };
    await expect(withLock(join(root, 'e/f/settings.json'), 0, failing)).rejects.toThrow('no');
    expect(existsSync(join(root, 'e'))).toBe(false);
  });

  it('refuses a file in place of a folder', async () => {
    const root = tempFolder();
    writeFileSync(join(root, 'a'), '');
    await expect(withLock(join(root, 'a/settings.json'), 0, () => 1)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
    });
  });
});

describe('holdLock', () => {
  it('waits for no lock that the disk refuses, however long it may wait', async () => {
    const root = tempFolder();
    writeFileSync(join(root, 'a'), '');
    await expect(holdLock(join(root, 'a/store'), 3_600_000)).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
  });

  it('takes over a lock with a time to come, if nobody renews it', async () => {
    const file = join(tempFolder(), 'store');
    mkdirSync(`${file}.lock`);
    const later = Date.now() / 1_000 + 86_400;
    utimesSync(`${file}.lock`, later, later);
    const held = await holdLock(file, 0, async () => undefined);
    expect(held).toBeDefined();
    await held?.release();
  });

  it('gives up when another process holds it all that time, and takes it afterwards', async () => {
    const file = join(tempFolder(), 'store');
    const first = await holdLock(file, 0);
    expect(await holdLock(file, 1)).toBeUndefined();
    await first?.release();
    const second = await holdLock(file, 0);
    expect(existsSync(`${file}.lock`)).toBe(true);
    await second?.release();
  });
});
