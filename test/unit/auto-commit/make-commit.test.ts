import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { BRANCH, type CommitScene, commitScene } from '../../support/commit-scene.ts';

/** Everything that a commit must leave as it is. */
function untouched({ ask, folder }: CommitScene): object {
  const index = readFileSync(`${folder}/.git/index`, 'latin1');
  const refs = ask('for-each-ref', '--format=%(refname) %(objectname)')
    .split('\n')
    .filter((line) => !line.includes('refs/heads/waymark/'));
  return {
    ...{ index, refs, head: readFileSync(`${folder}/.git/HEAD`, 'utf8') },
    reflog: readFileSync(`${folder}/.git/logs/HEAD`, 'utf8'),
    config: readFileSync(`${folder}/.git/config`, 'utf8'),
    files: readdirSync(folder).map((name) => [name, name === '.git' || contentOf(folder, name)]),
  };
}

function contentOf(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'latin1');
  } catch {
    return '';
  }
}

/** Every path in `.git`. */
function pathsInGit({ folder }: CommitScene): readonly string[] {
  return readdirSync(`${folder}/.git`, { recursive: true, encoding: 'utf8' }).toSorted();
}

const reasonIn = (outcome: object): string => JSON.stringify(outcome);

describe('a turn that changed files', () => {
  it('is one commit on the branch of the session, with nothing else changed', async () => {
    const scene = commitScene();
    scene.write('a', 'two\n');
    scene.write('src/new', 'new\n');
    scene.write('staged', 'staged\n');
    scene.git('add', 'staged');
    scene.write('staged', 'later\n');
    scene.git('stash', 'push', '-q', 'a');
    scene.write('a', 'three\n');
    const before = untouched(scene);
    const outcome = await scene.commit();
    expect(outcome).toMatchObject({ kind: 'committed', branch: BRANCH });
    expect(untouched(scene)).toEqual(before);
    expect(scene.ask('show', `${BRANCH}:a`)).toBe('three');
    expect(scene.ask('show', `${BRANCH}:staged`)).toBe('later');
    expect(scene.ask('show', `${BRANCH}:src/new`)).toBe('new');
    expect(scene.ask('rev-parse', `${BRANCH}^`)).toBe(scene.ask('rev-parse', 'main'));
    expect(scene.ask('log', '-1', '--format=%an <%ae>', BRANCH)).toBe('Ada <ada@example.org>');
    expect(scene.ask('log', '-1', '--format=%B', BRANCH)).toBe(
      'Fix the total\n\nIt adds up now.\n\n~ a\n+ src/new\n+ staged\n\nWaymark-Session: session-1\nWaymark-Turn: evt-1\n',
    );
    expect(scene.ask('fsck', '--strict', '--no-dangling')).toBe('');
    expect(readdirSync(scene.temporary)).toEqual([]);
  });

  it('follows the commit of the turn before, whatever was committed to HEAD', async () => {
    const scene = commitScene();
    scene.write('a', 'two\n');
    await scene.commit();
    scene.git('commit', '-qam', 'mine');
    scene.write('b', 'b\n');
    const first = scene.ask('rev-parse', BRANCH);
    await scene.commit({ id: 'evt-2' });
    expect(scene.ask('rev-parse', `${BRANCH}^`)).toBe(first);
    expect(scene.ask('diff', '--name-status', `${BRANCH}^`, BRANCH)).toBe('A\tb');
  });

  it('is committed once, and not at all where nothing differs', async () => {
    const scene = commitScene();
    expect(await scene.commit()).toEqual({ kind: 'same' });
    expect(scene.ask('branch', '--list', 'waymark/*')).toBe('');
    scene.write('a', 'two\n');
    const made = await scene.commit();
    expect(await scene.commit({ id: 'evt-2' })).toEqual({ kind: 'same' });
    scene.write('a', 'three\n');
    const again = await scene.commit();
    expect(JSON.stringify(again)).toContain(scene.ask('rev-parse', BRANCH));
    expect(again).toMatchObject({ kind: 'committed', branch: BRANCH, paths: [{ path: 'a' }] });
    expect(made).toMatchObject({ parent: scene.ask('rev-parse', 'main') });
    expect(scene.ask('rev-list', '--count', `main..${BRANCH}`)).toBe('1');
  });

  it('is committed once when two processes do it at once', async () => {
    const scene = commitScene();
    scene.write('a', 'two\n');
    const both = await Promise.all([scene.commit(), scene.commit()]);
    expect(both.map(({ kind }) => kind)).toContain('committed');
    expect(scene.ask('rev-list', '--count', `main..${BRANCH}`)).toBe('1');
    expect(scene.ask('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('has a removed file removed, a link as a link, a program as one, and no ignored file', async () => {
    const scene = commitScene();
    rmSync(join(scene.folder, 'a'));
    symlinkSync('/etc/passwd', join(scene.folder, 'link'));
    scene.write('run', 'x\n');
    chmodSync(join(scene.folder, 'run'), 0o755);
    scene.write('.gitignore', 'ignored\n');
    scene.write('ignored', 'x');
    await scene.commit();
    const listed = scene.ask('ls-tree', '-r', '--format=%(objectmode) %(path)', BRANCH);
    expect(listed).toBe('100644 .gitignore\n120000 link\n100755 run');
  });

  it('sees a change that leaves size and second as they are', async () => {
    const scene = commitScene();
    for (let n = 1; n <= 5; n += 1) {
      scene.write('a', `${n}\n`);
      await scene.commit({ id: `evt-${n}` });
      expect(scene.ask('show', `${BRANCH}:a`)).toBe(String(n));
    }
  });

  it('is the first commit of a repository that has none', async () => {
    const scene = commitScene();
    scene.git('checkout', '-q', '--orphan', 'empty');
    scene.git('rm', '-q', '--cached', '-r', '.');
    expect(await scene.commit()).toMatchObject({ kind: 'committed', parent: undefined });
    expect(scene.ask('rev-list', '--count', BRANCH)).toBe('1');
    expect(scene.ask('symbolic-ref', 'HEAD')).toBe('refs/heads/empty');
  });

  it('is committed from a linked work tree, and where the path has a colon and a quote', async () => {
    const scene = commitScene();
    scene.git('worktree', 'add', '-q', '../linked');
    scene.write('../linked/b', 'b\n');
    const linked = await scene.commit({ folder: join(scene.folder, '../linked') });
    expect(linked).toMatchObject({ kind: 'committed' });
    expect(scene.ask('show', `${BRANCH}:b`)).toBe('b');
    const folder = join(scene.folder, '../a:"b"');
    scene.git('clone', '-q', '.', folder);
    scene.git('config', '--global', 'user.name', 'Ada');
    scene.git('config', '--global', 'user.email', 'ada@example.org');
    scene.write('../a:"b"/c', 'c\n');
    expect(await scene.commit({ folder })).toMatchObject({ kind: 'committed' });
    expect(scene.ask('-C', folder, 'show', `${BRANCH}:c`)).toBe('c');
  });

  it('goes through clean filters and line endings, as with git add', async () => {
    const scene = commitScene();
    scene.git('config', 'filter.loud.clean', 'tr a-z A-Z');
    scene.git('config', 'core.autocrlf', 'input');
    scene.write('.gitattributes', '*.loud filter=loud\n');
    scene.write('x.loud', 'quiet\n');
    scene.write('dos', 'line\r\n');
    await scene.commit();
    expect(scene.ask('show', `${BRANCH}:x.loud`)).toBe('QUIET');
    expect(scene.ask('cat-file', '-s', `${BRANCH}:dos`)).toBe('5');
  });

  it('has no secret in its message', async () => {
    const scene = commitScene();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    scene.write('a', 'two\n');
    await scene.commit({ prompt: `#use ${token}`, outcome: `# used ${token}\u001b[2J` });
    const message = scene.ask('log', '-1', '--format=%B', BRANCH);
    expect(message).not.toContain(token);
    expect(message).not.toContain('\u001b');
    expect(message).toMatch(/^use \[redacted/);
  });
});

describe('a turn is refused, and nothing in .git changes,', () => {
  const cases: ReadonlyArray<readonly [string, string, (scene: CommitScene) => void]> = [
    ['in a merge', 'merge is in progress', ({ write }) => write('.git/MERGE_HEAD', '')],
    ['in a rebase', 'rebase is in progress', ({ write }) => write('.git/rebase-merge/x', '')],
    ['in a cherry-pick', 'cherry-pick', ({ write }) => write('.git/CHERRY_PICK_HEAD', '')],
    ['in a revert', 'revert', ({ write }) => write('.git/REVERT_HEAD', '')],
    ['in a bisect', 'bisect', ({ write }) => write('.git/BISECT_LOG', '')],
    [
      'with a secret in a file, which is named',
      'secret: env/b',
      ({ write }) => write('env/b', `TOKEN=ghp_${'a1B2'.repeat(9)}\n`),
    ],
    ['with a huge file', 'too large', ({ write }) => write('huge', Buffer.alloc(3 << 20, 'ab\n'))],
    [
      'with a conflict in the index',
      'conflicts',
      ({ git, write }) => {
        write('a', 'stashed\n');
        git('stash', '-q');
        write('a', 'committed\n');
        git('commit', '-qam', 'second');
        expect(() => git('stash', 'pop')).toThrow();
      },
    ],
    [
      'where a branch of that name is checked out',
      'is checked out',
      ({ git }) => git('checkout', '-q', '-b', BRANCH),
    ],
  ];
  it.each(cases)('%s', async (_name, reason, prepare) => {
    const scene = commitScene();
    scene.write('a', 'two\n');
    prepare(scene);
    const before = [untouched(scene), pathsInGit(scene)];
    const outcome = await scene.commit();
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(reasonIn(outcome)).toContain(reason);
    expect([untouched(scene), pathsInGit(scene)]).toEqual(before);
    expect(readdirSync(scene.temporary)).toEqual([]);
  });

  it('with a secret in the last of many files', async () => {
    const scene = commitScene();
    for (let n = 0; n < 130; n += 1) scene.write(`many/${n}`, `${n}\n`.repeat(n % 7));
    scene.write('z', `x\nghp_${'a1B2'.repeat(9)}\n`);
    expect(await scene.commit()).toMatchObject({ refusal: { cause: 'secret', paths: ['z'] } });
    rmSync(join(scene.folder, 'z'));
    expect(await scene.commit()).toMatchObject({ kind: 'committed' });
  });

  it('where nobody said who commits', async () => {
    const scene = commitScene();
    scene.git('config', '--unset', 'user.email');
    scene.write('a', 'two\n');
    expect(reasonIn(await scene.commit())).toContain('email');
    expect(scene.ask('branch', '--list', 'waymark/*')).toBe('');
  });

  it('where another branch has the name of the folder of ours', async () => {
    const scene = commitScene();
    scene.git('branch', 'waymark');
    scene.write('a', 'two\n');
    expect(await scene.commit()).toMatchObject({ kind: 'refused', refusal: { cause: 'git' } });
  });

  it.each(['.git/index', '.gitignore'])(
    'where %s is a pipe, which git would wait for',
    async (path) => {
      const scene = commitScene();
      scene.write('a', 'two\n');
      rmSync(join(scene.folder, path), { force: true });
      execFileSync('mkfifo', [join(scene.folder, path)]);
      const outcome = await scene.commit({}, { watchMs: 5 });
      expect(outcome).toMatchObject({ kind: 'refused', refusal: { cause: 'git' } });
      expect(reasonIn(outcome)).toContain(path);
    },
  );

  it('for a session whose id cannot be in the name of a branch', async () => {
    const scene = commitScene();
    scene.write('a', 'two\n');
    for (const session of ['../x', '-x', 'a b', ''])
      expect(await scene.commit({ session })).toMatchObject({ refusal: { cause: 'branch' } });
  });
});

it('commits a secret that the user has committed at that place', async () => {
  const scene = commitScene();
  scene.write('fixture', `ghp_${'a1B2'.repeat(9)}\n`);
  expect(await scene.commit()).toMatchObject({ kind: 'refused' });
  scene.git('add', 'fixture');
  scene.git('commit', '-qm', 'meant');
  scene.write('b', 'b\n');
  expect(await scene.commit()).toMatchObject({ kind: 'committed' });
});

describe('hooks of the repository', () => {
  it('run in the order of a commit, with a private index and the message', async () => {
    const scene = commitScene();
    const log = `${scene.temporary}/../log`;
    for (const name of ['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit'])
      scene.hook(name, `echo "${name} $2 $(git diff --cached --name-only)" >> '${log}'`);
    scene.write('b', 'b\n');
    await scene.commit();
    expect(readFileSync(log, 'utf8')).toBe(
      'pre-commit  b\nprepare-commit-msg message b\ncommit-msg  b\n',
    );
  });

  it.each(['pre-commit', 'prepare-commit-msg', 'commit-msg'])('refuse: %s', async (name) => {
    const scene = commitScene();
    scene.hook(name, 'echo "not like this" >&2; exit 1');
    scene.write('a', 'two\n');
    expect(await scene.commit()).toMatchObject({
      kind: 'refused',
      refusal: { cause: 'hook', reason: expect.stringContaining(`${name}: not like this`) },
    });
    expect(scene.ask('branch', '--list', 'waymark/*')).toBe('');
  });

  it('change the message, and what is committed', async () => {
    const scene = commitScene();
    scene.hook('commit-msg', 'echo "fix: all" > "$1"');
    scene.hook('pre-commit', 'git rm -q --cached b');
    scene.write('a', 'two\n');
    scene.write('b', 'b\n');
    await scene.commit();
    expect(scene.ask('log', '-1', '--format=%B', BRANCH)).toBe('fix: all\n');
    expect(scene.ask('diff', '--name-only', 'main', BRANCH)).toBe('a');
  });

  it('do not bring in a secret', async () => {
    const scene = commitScene();
    scene.hook('pre-commit', `echo ghp_${'a1B2'.repeat(9)} > b && git add b`);
    scene.write('a', 'two\n');
    expect(await scene.commit()).toMatchObject({ refusal: { cause: 'secret', paths: ['b'] } });
  });

  it('are those of core.hooksPath', async () => {
    const scene = commitScene();
    scene.hook('pre-commit', 'exit 1');
    scene.git('config', 'core.hooksPath', 'own');
    scene.write('own/pre-commit', '#!/bin/sh\necho own >&2; exit 1\n');
    chmodSync(join(scene.folder, 'own/pre-commit'), 0o755);
    expect(reasonIn(await scene.commit())).toContain('pre-commit: own');
  });

  it('end with what they started when their time is over', async () => {
    const scene = commitScene();
    scene.hook('pre-commit', `sleep 600 & echo $! > '${scene.temporary}/../pid'; wait`);
    scene.write('a', 'two\n');
    const outcome = await scene.commit({}, { hooksMs: 1_500 });
    expect(reasonIn(outcome)).toContain('pre-commit: it took longer than 1.5 s');
    const pid = readFileSync(`${scene.temporary}/../pid`, 'utf8').trim();
    await eventually('what the hook started has ended', () => !isRunning(pid));
  });
});

/** A process that has ended may wait for its parent to ask how. */
function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

it('stops at once when it is aborted, and leaves nothing', async () => {
  const scene = commitScene();
  scene.write('a', 'two\n');
  const stop = new AbortController();
  stop.abort(new Error('the worker stops'));
  await expect(scene.commit({}, { signal: stop.signal })).rejects.toThrow('the worker stops');
  expect(readdirSync(scene.temporary)).toEqual([]);
});
