import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGitState as read, stateIn, FOR_A_COMMAND } from '../../../lib/git/git-state.ts';
import type { Environment } from '../../../lib/git/run-git.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function repository(): { readonly folder: string; git(...args: string[]): string } {
  const folder = tempFolder();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  git('init', '-q', '-b', 'calendar');
  return { folder, git };
}

const readGitState = (folder: string, environment: Environment) =>
  read(folder, environment, FOR_A_COMMAND);

describe('readGitState', () => {
  it('reports the branch and uncommitted files, renamed ones once', async () => {
    const { folder, git } = repository();
    for (const name of ['a', 'b', 'c d'])
      writeFileSync(join(folder, name), `${name} has some content\n`);
    git('add', '.');
    git('commit', '-qm', 'x');
    git('mv', 'a', 'z');
    writeFileSync(join(folder, 'b'), 'other');
    writeFileSync(join(folder, 'new one'), '');
    expect(await readGitState(folder, process.env)).toEqual({
      branch: 'calendar',
      changed: 3,
      files: ['M b', 'R z', '?? new one'],
    });
  });

  it('knows the branch of a repository without commits, and a detached HEAD', async () => {
    const { folder, git } = repository();
    expect(await readGitState(folder, process.env)).toEqual({
      branch: 'calendar',
      changed: 0,
      files: [],
    });
    git('commit', '-qm', 'x', '--allow-empty');
    git('checkout', '-q', '--detach');
    expect(await readGitState(folder, process.env)).toEqual({
      branch: null,
      changed: 0,
      files: [],
    });
  });

  it('writes nothing, and starts neither a file system monitor nor a hook', async () => {
    const { folder, git } = repository();
    writeFileSync(join(folder, 'a'), '');
    git('add', '.');
    git('commit', '-qm', 'x');
    const trap = join(folder, '.git/trap');
    writeFileSync(trap, `#!/bin/sh\ntouch "${folder}/sprung"\n`);
    chmodSync(trap, 0o755);
    git('config', 'core.fsmonitor', trap);
    mkdirSync(join(folder, '.git/hooks'), { recursive: true });
    execFileSync('cp', [trap, join(folder, '.git/hooks/post-index-change')]);
    writeFileSync(join(folder, 'a'), ''); // a new mtime: git would like to write the index
    const before = statSync(join(folder, '.git/index'));
    await readGitState(folder, process.env);
    expect(statSync(join(folder, '.git/index'))).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    });
    expect(existsSync(join(folder, 'sprung'))).toBe(false);
  });

  it('reports nothing without git, outside a work tree, or for a missing folder', async () => {
    const outside = tempFolder();
    expect(
      await readGitState(outside, { ...process.env, GIT_DIR: repository().folder }),
    ).toBeUndefined();
    expect(await readGitState(join(outside, 'gone'), process.env)).toBeUndefined();
    expect(await readGitState(outside, { PATH: outside })).toBeUndefined();
  });
});

describe('stateIn', () => {
  it('leaves the remote branch out, and counts beyond the files that it names', () => {
    const files = Array.from({ length: 30 }, (_, index) => ` M f${index}`);
    const state = stateIn(['## a.b/c...origin/a.b/c [ahead 1]', ...files, ''].join('\0'));
    expect(state).toMatchObject({ branch: 'a.b/c', changed: 30 });
    expect(state.files).toHaveLength(8);
  });
});
