import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askGit, type Environment, SMALL_CALL } from '../../../lib/git/run-git.ts';
import { tempFolder } from '../../support/temp-folder.ts';

interface Repository {
  readonly folder: string;
  /** A program that leaves a file `sprung`. */
  readonly trap: string;
  git(...args: string[]): string;
  /** Whether the trap was run since this was last asked. */
  hasSprung(): boolean;
}

/** Two branches, a file `a` that both changed. Made once: each test gets a copy. */
let template = '';
beforeAll(() => {
  template = mkdtempSync(join(tmpdir(), 'waymark-git-'));
  const git = gitIn(template);
  git('init', '-q', '-b', 'main', '--template=');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.org');
  for (const [branch, text] of [
    ['main', 'one\n'],
    ['other', 'two\n'],
  ] as const) {
    if (branch !== 'main') git('checkout', '-qb', branch);
    writeFileSync(join(template, 'a'), text);
    git('add', '.');
    git('commit', '-qm', branch);
  }
  git('checkout', '-q', 'main');
  writeFileSync(join(template, 'a'), 'six\n');
  git('commit', '-qam', 'six');
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

function gitIn(cwd: string): Repository['git'] {
  return (...args) => execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** A copy of the template, and a work tree in which its file looks changed. */
function repository(): Repository {
  const outside = tempFolder();
  const folder = join(outside, 'repository');
  cpSync(template, folder, { recursive: true, preserveTimestamps: true });
  const trap = join(outside, 'trap');
  const mark = join(outside, 'sprung');
  writeFileSync(trap, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`);
  chmodSync(trap, 0o755);
  return {
    folder,
    trap,
    git: gitIn(folder),
    hasSprung: () => {
      const has = existsSync(mark);
      rmSync(mark, { force: true });
      return has;
    },
  };
}

/** A file of the same length with another time: git has to read it to know whether it changed. */
function touchFile(folder: string): void {
  utimesSync(join(folder, 'a'), 1_000_000_000, 1_000_000_000);
}

function attribute(name: string): (repository: Repository) => void {
  return ({ folder }) => {
    writeFileSync(join(folder, '.gitattributes'), `a ${name}\n`);
    touchFile(folder);
  };
}

function committed(name: string): (repository: Repository) => void {
  return (repository) => {
    attribute(name)(repository);
    repository.git('add', '.');
    repository.git('commit', '-qm', 'attributes');
  };
}

function change({ folder }: Repository): void {
  writeFileSync(join(folder, 'a'), 'ten\n');
}

/**
 * How each key is made to run its command: what the repository brings, then the call that would run
 * it.
 */
const TRAPS: ReadonlyArray<
  readonly [key: string, prepare: (repository: Repository) => void, args: readonly string[]]
> = [
  ['filter.x.clean', attribute('filter=x'), ['status']],
  ['filter.X.y.clean', attribute('filter=X.y'), ['status']],
  ['filter.x.process', attribute('filter=x'), ['status']],
  ['filter.x.smudge', committed('filter=x'), ['archive', '--format=tar', 'HEAD']],
  ['core.fsmonitor', () => undefined, ['status']],
  ['diff.external', change, ['diff']],
  ['diff.x.command', (to) => [attribute('diff=x')(to), change(to)], ['diff']],
  ['diff.x.textconv', (to) => [attribute('diff=x')(to), change(to)], ['diff']],
  ['diff.x.textconv', attribute('diff=x'), ['log', '-p']],
  ['merge.x.driver', attribute('merge=x'), ['merge', '--no-commit', 'other']],
  ['core.editor', () => undefined, ['commit', '--amend']],
  ['sequence.editor', () => undefined, ['rebase', '-i', 'HEAD~1']],
  ['gpg.program', signedCommit, ['log', '-1', 'signed']],
  ['gpg.openpgp.program', signedCommit, ['log', '-1', 'signed']],
  ['core.sshCommand', () => undefined, ['fetch', 'ssh://host.invalid/a']],
  ['core.gitProxy', () => undefined, ['fetch', 'git://host.invalid/a']],
  ['remote.origin.uploadpack', remote, ['fetch', 'origin']],
];

function remote({ git, folder }: Repository): void {
  git('config', 'remote.origin.url', folder);
}

function signedCommit({ git, folder }: Repository): void {
  git('config', 'log.showSignature', 'true');
  const text = git('cat-file', 'commit', 'HEAD').replace(
    '\n\n',
    '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n',
  );
  const made = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
    cwd: folder,
    input: text,
    encoding: 'utf8',
  });
  git('branch', 'signed', made.trim());
}

/** The call without the guards, so that a trap which could never spring proves nothing. */
function unguarded({ folder }: Repository, args: readonly string[]): void {
  spawnSync('git', args, { cwd: folder, stdio: 'ignore' });
}

/** What git prints; `undefined` if it does not answer. */
async function runGit(
  folder: string,
  args: readonly string[],
  environment: Environment,
  timeMs = SMALL_CALL.timeMs,
): Promise<string | undefined> {
  const answer = await askGit(folder, args, environment, { timeMs });
  return 'problem' in answer ? undefined : answer.output.toString('utf8');
}

describe('askGit', () => {
  it.each(TRAPS)('runs no command of %s', async (key, prepare, args) => {
    const [guarded, open] = [repository(), repository()];
    for (const one of [guarded, open]) {
      prepare(one);
      one.git('config', key, one.trap);
    }
    await runGit(guarded.folder, args, process.env);
    expect(guarded.hasSprung()).toBe(false);
    unguarded(open, args);
    expect(open.hasSprung()).toBe(true);
  });

  it.each([
    ['include.path', 'more'],
    ['includeIf.gitdir:**.path', 'more'],
  ])('runs no filter that %s brings in', async (key, file) => {
    const found = repository();
    attribute('filter=x')(found);
    writeFileSync(join(found.folder, '.git', file), `[filter "x"]\nclean = ${found.trap}\n`);
    found.git('config', key, file);
    await runGit(found.folder, ['status'], process.env);
    expect(found.hasSprung()).toBe(false);
    unguarded(found, ['status']);
    expect(found.hasSprung()).toBe(true);
  });

  it.each(['hooksPath', 'hooks'])('runs no hook of %s', async (from) => {
    const found = repository();
    const folder = join(found.folder, '.git', from);
    mkdirSync(folder, { recursive: true });
    execFileSync('cp', [found.trap, join(folder, 'pre-commit')]);
    if (from === 'hooksPath') found.git('config', 'core.hooksPath', folder);
    const args = ['commit', '--allow-empty', '-m', 'x'];
    await runGit(found.folder, args, process.env);
    expect(found.hasSprung()).toBe(false);
    unguarded(found, args);
    expect(found.hasSprung()).toBe(true);
  });

  it.each([
    ['by its address', (trap: string) => ({ url: `ext::${trap}` })],
    ['by its helper', (trap: string) => ({ url: trap, vcs: 'ext' })],
  ])('fetches nothing that a repository says is elsewhere, %s', async (_how, remoteOf) => {
    const found = repository();
    const { folder, git, trap } = found;
    const blob = git('rev-parse', 'HEAD:a').trim();
    git('config', 'core.repositoryFormatVersion', '1');
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.promisor', 'true');
    git('config', 'protocol.ext.allow', 'always');
    for (const [key, value] of Object.entries(remoteOf(trap)))
      git('config', `remote.origin.${key}`, value);
    rmSync(join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    change(found);
    await runGit(folder, ['diff', 'HEAD'], process.env);
    expect(found.hasSprung()).toBe(false);
    unguarded(found, ['diff', 'HEAD']);
    expect(found.hasSprung()).toBe(true);
  });

  it('does nothing if a filter has a name that cannot be turned off', async () => {
    const found = repository();
    attribute('filter=x=y')(found);
    found.git('config', 'filter.x=y.clean', found.trap);
    expect(await runGit(found.folder, ['status'], process.env)).toBeUndefined();
    expect(found.hasSprung()).toBe(false);
    unguarded(found, ['status']);
    expect(found.hasSprung()).toBe(true);
  });

  it('runs no program of the folder as git, whatever the search path says', async () => {
    const found = repository();
    execFileSync('cp', [found.trap, join(found.folder, 'git')]);
    const path = `.:${process.env['PATH'] ?? ''}`;
    expect(await runGit(found.folder, ['status'], { ...process.env, PATH: path })).toContain(
      'On branch main',
    );
    expect(found.hasSprung()).toBe(false);
  });

  it('gives up after its time limit if a repository makes git wait, and says so', async () => {
    const found = repository();
    execFileSync('mkfifo', [join(found.folder, '.git/pipe')]);
    found.git('config', 'core.excludesFile', join(found.folder, '.git/pipe'));
    expect(await askGit(found.folder, ['status'], process.env, { timeMs: 1_500 })).toEqual({
      problem: { kind: 'late', reason: 'git did not answer within 1.5 s' },
    });
  });

  it('ends with the reason of a signal', async () => {
    const limits = { ...SMALL_CALL, signal: AbortSignal.abort(new Error('the worker stops')) };
    await expect(askGit(template, ['status'], process.env, limits)).rejects.toThrow(
      'the worker stops',
    );
  });

  it('says whether git is missing, the repository is of another user, or what git says', async () => {
    const found = repository();
    const ask = async (environment: Environment, ...args: string[]) => {
      const answer = await askGit(found.folder, args, environment, SMALL_CALL);
      return 'problem' in answer ? answer.problem : undefined;
    };
    expect(await ask({ PATH: found.folder }, 'rev-parse')).toMatchObject({ kind: 'missing' });
    expect(await ask(process.env, 'config', '--get', 'no.key')).toMatchObject({ status: 1 });
    expect(await ask(process.env, 'status')).toBeUndefined();
    writeFileSync(join(found.folder, '.git/HEAD'), '');
    expect(await ask(process.env, 'rev-parse', 'HEAD')).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^git says "not a git repository/),
    });
  });

  it('has the bytes that git prints, and as many as there are', async () => {
    const found = repository();
    const name = Buffer.concat([Buffer.from(`${found.folder}/`), Buffer.from([0x61, 0xff])]);
    writeFileSync(name, 'odd');
    writeFileSync(join(found.folder, 'many'), '');
    const answer = await askGit(found.folder, ['ls-files', '-o', '-z'], process.env, SMALL_CALL);
    expect(answer).toEqual({ output: Buffer.from('a\xff\0many\0', 'latin1') });
  });
});
