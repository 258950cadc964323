import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readGitHead } from '../../../lib/hook/git-head.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const IDENTITY = [
  '-c',
  'user.name=a',
  '-c',
  'user.email=a@b.example',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'protocol.file.allow=always',
];
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1' };

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', [...IDENTITY, ...args], {
    cwd: folder,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** A repository with one commit on `main`. */
function repository(): string {
  const folder = `${tempFolder()}/re po`;
  mkdirSync(folder);
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'one');
  return folder;
}

const headOf = (folder: string): string => git(folder, 'rev-parse', 'HEAD');

describe('readGitHead', () => {
  it('reads an ordinary repository, at its top and below', () => {
    const folder = repository();
    mkdirSync(`${folder}/a/b`, { recursive: true });
    const head = {
      worktree: folder,
      repository: `${folder}/.git`,
      head: headOf(folder),
      branch: 'main',
    };
    for (const from of [folder, `${folder}/`, `${folder}/a/b`, `${folder}/gone/since`])
      expect(readGitHead(from)).toEqual(head);
  });

  it('reads a branch with a path in its name, loose and packed', () => {
    const folder = repository();
    git(folder, 'checkout', '-q', '-b', 'feature/a/b');
    expect(readGitHead(folder)).toMatchObject({ head: headOf(folder), branch: 'feature/a/b' });
    git(folder, 'tag', '-a', 'v1', '-m', 'v1');
    git(folder, 'pack-refs', '--all');
    expect(readGitHead(folder)).toMatchObject({ head: headOf(folder), branch: 'feature/a/b' });
  });

  it('uses the loose ref if the packed one is old', () => {
    const folder = repository();
    git(folder, 'pack-refs', '--all');
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'two');
    expect(readGitHead(folder)).toMatchObject({ head: headOf(folder) });
  });

  it('has no head before the first commit', () => {
    const folder = tempFolder();
    git(folder, 'init', '-q', '-b', 'main');
    expect(readGitHead(folder)).toEqual({
      worktree: folder,
      repository: `${folder}/.git`,
      branch: 'main',
    });
  });

  it('has no branch when HEAD is detached', () => {
    const folder = repository();
    git(folder, 'checkout', '-q', '--detach');
    expect(readGitHead(folder)).toEqual({
      worktree: folder,
      repository: `${folder}/.git`,
      head: headOf(folder),
    });
  });

  it('knows the repository of a linked work tree', () => {
    const folder = repository();
    const linked = `${tempFolder()}/linked`;
    git(folder, 'worktree', 'add', '-q', '-b', 'other', linked);
    git(linked, 'commit', '-q', '--allow-empty', '-m', 'two');
    expect(readGitHead(linked)).toEqual({
      worktree: linked,
      repository: `${folder}/.git`,
      head: headOf(linked),
      branch: 'other',
    });
    git(linked, 'pack-refs', '--all');
    expect(readGitHead(linked)).toMatchObject({ head: headOf(linked), branch: 'other' });
    expect(readGitHead(folder)).toMatchObject({ head: headOf(folder), branch: 'main' });
  });

  it('reads a submodule as a repository of its own', () => {
    const [folder, inner] = [repository(), repository()];
    git(folder, 'submodule', '--quiet', 'add', inner, 'sub');
    expect(readGitHead(`${folder}/sub`)).toEqual({
      worktree: `${folder}/sub`,
      repository: `${folder}/.git/modules/sub`,
      head: headOf(`${folder}/sub`),
      branch: 'main',
    });
  });

  it('reads a repository with longer object ids', () => {
    const folder = tempFolder();
    git(folder, 'init', '-q', '-b', 'main', '--object-format=sha256');
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'one');
    expect(readGitHead(folder)?.head).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['', '/', '/nowhere/at/all', 'relative'])('finds nothing in %j', (folder) => {
    expect(readGitHead(folder)).toBeUndefined();
  });

  it('finds nothing outside a repository', () => {
    expect(readGitHead(tempFolder())).toBeUndefined();
  });

  it('returns what it can read of a damaged repository', () => {
    const folder = repository();
    for (const content of ['', 'garbage', 'ref: refs/heads/gone', '\0\0']) {
      writeFileSync(`${folder}/.git/HEAD`, content);
      expect(readGitHead(folder)).toMatchObject({ worktree: folder });
      expect(readGitHead(folder)).not.toHaveProperty('head');
    }
    rmSync(`${folder}/.git/HEAD`);
    expect(readGitHead(folder)).toEqual({ worktree: folder, repository: `${folder}/.git` });
  });

  it('searches further up if .git is a file that names nothing', () => {
    const folder = repository();
    mkdirSync(`${folder}/inner`);
    writeFileSync(`${folder}/inner/.git`, 'nothing');
    expect(readGitHead(`${folder}/inner`)).toMatchObject({ worktree: folder });
  });
});

/** What a folder that comes from elsewhere may hold in place of git's own files. */
const HOSTILE: Readonly<Record<string, (gitFolder: string) => void>> = {
  'HEAD is a pipe': (git) => pipeAt(`${git}/HEAD`),
  'HEAD is a link to a device': (git) => linkAt('/dev/zero', `${git}/HEAD`),
  'HEAD is a link to a file': (git) => linkAt(secretBeside(git), `${git}/HEAD`),
  'HEAD is huge': (git) => writeFileSync(`${git}/HEAD`, `ref: refs/heads/${'a'.repeat(5_000_000)}`),
  'HEAD climbs out': (git) => writeFileSync(`${git}/HEAD`, 'ref: refs/heads/../../../secret'),
  'HEAD holds control characters': (git) =>
    writeFileSync(`${git}/HEAD`, 'ref: refs/heads/\u001b[31mred\u0007'),
  'HEAD names two lines': (git) => writeFileSync(`${git}/HEAD`, 'ref: refs/heads/a\nIgnore this'),
};

describe('a repository that comes from elsewhere', () => {
  it.each(Object.entries(HOSTILE))('is neither waited for nor believed: %s', (_, make) => {
    const folder = repository();
    make(`${folder}/.git`);
    expect(readGitHead(folder)).toEqual({ worktree: folder, repository: `${folder}/.git` });
  });

  it('names a branch whose refs cannot be read, without its commit', () => {
    for (const put of [pipeAt, (path: string) => linkAt('/dev/zero', path)]) {
      const folder = repository();
      git(folder, 'pack-refs', '--all');
      put(`${folder}/.git/packed-refs`);
      put(`${folder}/.git/refs/heads/main`);
      expect(readGitHead(folder)).toMatchObject({ branch: 'main' });
      expect(readGitHead(folder)).not.toHaveProperty('head');
    }
  });

  it('has no state where .git is a pipe, a device, or names one', () => {
    const pipe = tempFolder();
    pipeAt(`${pipe}/.git`);
    const device = tempFolder();
    linkAt('/dev/zero', `${device}/.git`);
    const huge = tempFolder();
    writeFileSync(`${huge}/.git`, `gitdir: ${'a/'.repeat(1_000_000)}`);
    for (const folder of [pipe, device, huge]) expect(readGitHead(folder)).toBeUndefined();
    const named = tempFolder();
    writeFileSync(`${named}/.git`, 'gitdir: /dev/zero\n');
    expect(readGitHead(named)).toEqual({ worktree: named, repository: '/dev/zero' });
  });

  it('reads no commondir that is a pipe or a device', () => {
    for (const put of [pipeAt, (path: string) => linkAt('/dev/zero', path)]) {
      const folder = tempFolder();
      mkdirSync(`${folder}/elsewhere`);
      writeFileSync(`${folder}/.git`, 'gitdir: elsewhere\n');
      put(`${folder}/elsewhere/commondir`);
      expect(readGitHead(folder)).toMatchObject({ repository: `${folder}/elsewhere` });
    }
  });
});

function pipeAt(path: string): void {
  rmSync(path, { force: true });
  execFileSync('mkfifo', [path]);
}

function linkAt(target: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

function secretBeside(gitFolder: string): string {
  writeFileSync(`${gitFolder}/../secret`, 'ref: refs/heads/hunter2');
  return `${gitFolder}/../secret`;
}
