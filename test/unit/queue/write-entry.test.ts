import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeEntry } from '../../../lib/queue/write-entry.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function place(): { readonly root: string; readonly tmp: string; readonly folder: string } {
  const root = tempFolder();
  return { root, tmp: `${root}/tmp`, folder: `${root}/pending/5` };
}

/** Runs `writeEntry` in a process whose files cannot grow past `limit` bytes. */
function writeLimited(tmp: string, folder: string, content: string, limit: number): string {
  const code = `import { writeEntry } from './lib/queue/write-entry.ts';
try { writeEntry(process.argv[1], process.argv[2], 'a.json', process.argv[3], { durability: 'none' }); console.log('written'); } catch (error) { console.log(error.code); }`;
  const command = 'trap "" XFSZ; ulimit -f "$0"; exec "$@"';
  const args = [
    '-c',
    command,
    String(limit / 512),
    process.execPath,
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    code,
    tmp,
    folder,
    content,
  ];
  return spawnSync('/bin/sh', args, { encoding: 'utf8' }).stdout.trim();
}

describe('writeEntry', () => {
  it.each(['none', 'file', 'full'] as const)(
    'makes missing folders and leaves nothing in tmp/ (durability %s)',
    (durability) => {
      const { tmp, folder } = place();
      writeEntry(tmp, folder, 'a.json', '{"ü":"漢"}', { durability });
      expect(readFileSync(`${folder}/a.json`, 'utf8')).toBe('{"ü":"漢"}');
      expect(readdirSync(tmp)).toEqual([]);
    },
  );

  it('keeps others out: folders 0700, files 0600', () => {
    const { tmp, folder } = place();
    writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none' });
    expect([tmp, folder, `${folder}/a.json`].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o700, 0o600,
    ]);
  });

  it('shows the entry only when it is complete', () => {
    const { tmp, folder } = place();
    const seen: unknown[] = [];
    const look = (): unknown =>
      seen.push([existsSync(folder) ? readdirSync(folder) : [], readdirSync(tmp)]);
    writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none', onCreated: look });
    expect(seen).toEqual([[[], ['a.json']]]);
  });

  it('leaves nothing behind when the note of its id cannot be written', () => {
    const { tmp, folder } = place();
    const onCreated = (): never => {
      throw new Error('no note');
    };
    expect(() =>
      writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none', onCreated }),
    ).toThrow('no note');
    expect(readdirSync(tmp)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it.each<readonly [string, string, (root: string) => unknown]>([
    [
      'the folder is a plain file',
      'ENOTDIR',
      (root) => [mkdirSync(`${root}/pending`), writeFileSync(`${root}/pending/5`, '')],
    ],
    ['a folder above is a plain file', 'ENOTDIR', (root) => writeFileSync(`${root}/pending`, '')],
    [
      'a folder has the name of the entry',
      'EISDIR',
      (root) => mkdirSync(`${root}/pending/5/a.json`, { recursive: true }),
    ],
  ])('leaves nothing behind when %s', (_, code, breakIt) => {
    const { root, tmp, folder } = place();
    breakIt(root);
    expect(() => writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none' })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('throws when tmp/ is a plain file', () => {
    const { tmp, folder } = place();
    writeFileSync(tmp, '');
    expect(() => writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none' })).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });

  it('neither follows nor removes what is at its temporary name', () => {
    const { tmp, folder } = place();
    mkdirSync(tmp);
    writeFileSync(`${tmp}/target`, 'mine');
    symlinkSync(`${tmp}/target`, `${tmp}/a.json`);
    expect(() => writeEntry(tmp, folder, 'a.json', '{}', { durability: 'none' })).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
    expect(readdirSync(tmp).sort()).toEqual(['a.json', 'target']);
    expect(readFileSync(`${tmp}/target`, 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when the write fails half-way', () => {
    const { tmp, folder } = place();
    expect(writeLimited(tmp, folder, 'x'.repeat(4_096), 1_024)).toBe('EFBIG');
    expect(readdirSync(tmp)).toEqual([]);
    expect(existsSync(`${folder}/a.json`)).toBe(false);
    expect(writeLimited(tmp, folder, 'x'.repeat(4_096), 8_192)).toBe('written');
  });

  it.runIf(canMount())('leaves nothing behind on a full disk', () => {
    const disk = tempFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
    onTestFinished(() => void execFileSync('umount', [disk]));
    const write = (name: string): void =>
      writeEntry(`${disk}/tmp`, `${disk}/pending/5`, name, 'x'.repeat(20_000), {
        durability: 'none',
      });
    const writeAll = (): void => {
      for (let index = 0; index < 9; index += 1) write(`${index}.json`);
    };
    expect(writeAll).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(readdirSync(`${disk}/tmp`)).toEqual([]);
    for (const file of readdirSync(`${disk}/pending/5`))
      expect(readFileSync(`${disk}/pending/5/${file}`)).toHaveLength(20_000);
  });

  it.runIf(canMount())('leaves nothing behind on a read-only disk', () => {
    const disk = tempFolder();
    execFileSync('mount', ['-t', 'tmpfs', 'none', disk]);
    mkdirSync(`${disk}/tmp`);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    onTestFinished(() => void execFileSync('umount', [disk]));
    expect(() =>
      writeEntry(`${disk}/tmp`, `${disk}/pending/5`, 'a.json', '{}', { durability: 'none' }),
    ).toThrow(expect.objectContaining({ code: 'EROFS' }));
    expect(readdirSync(disk, { recursive: true })).toEqual(['tmp']);
  });
});

/** Only root may mount, and not in every container. */
function canMount(): boolean {
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}
