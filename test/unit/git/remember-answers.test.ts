import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rememberAnswers } from '../../../lib/git/remember-answers.ts';
import { type AskGit, askGit, SMALL_CALL } from '../../../lib/git/run-git.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const PLACE = ['rev-parse', '--show-toplevel', '--absolute-git-dir', '--git-common-dir'];
const RULES = ['config', '-z', '--get-regexp', '^core\\.(excludesfile|filemode)$'];

interface Scene {
  readonly top: string;
  readonly home: string;
  readonly folder: string;
  git(...args: string[]): string;
  /** Whether both questions are answered without git, and as git answers them. */
  isFromMemory(): Promise<boolean>;
  passTime(ms: number): void;
}

/** A repository with a home folder; `a/b` in it is where git is asked. */
function memoryScene(): Scene {
  const [outside, home] = [tempFolder(), tempFolder()];
  const top = join(outside, 'project');
  const folder = join(top, 'a/b');
  mkdirSync(folder, { recursive: true });
  const environment = { PATH: process.env['PATH'], HOME: home };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: top, env: environment, encoding: 'utf8', stdio: 'pipe' });
  git('init', '-q', '-b', 'main', '--template=');
  let calls = 0;
  const counted: AskGit = async (...call) => {
    calls += 1;
    return await askGit(...call);
  };
  let ahead = 60_000; // what was changed just now counts as settled
  const ask = rememberAnswers(counted, () => Date.now() + ahead);
  return {
    ...{ top, home, folder, git },
    passTime: (ms) => {
      ahead += ms;
    },
    isFromMemory: async () => {
      const before = calls;
      for (const question of [PLACE, RULES]) {
        const told = await ask(folder, question, environment, SMALL_CALL);
        expect(told).toEqual(await askGit(folder, question, environment, SMALL_CALL));
      }
      return calls === before;
    },
  };
}

async function askedTwice(): Promise<Scene> {
  const scene = memoryScene();
  await learn(scene);
  return scene;
}

async function learn({ isFromMemory }: Scene): Promise<void> {
  expect(await isFromMemory()).toBe(false);
  await isFromMemory();
  expect(await isFromMemory()).toBe(true);
}

const CHANGES: Readonly<Record<string, (scene: Scene) => void>> = {
  'a setting of the repository': ({ git }) => void git('config', 'core.excludesFile', '/x'),
  'a setting of the user': ({ home }) =>
    writeFileSync(join(home, '.gitconfig'), '[core]\nexcludesFile = /y\n'),
  'a setting in the other file of the user': ({ home }) => {
    mkdirSync(join(home, '.config/git'), { recursive: true });
    writeFileSync(join(home, '.config/git/config'), '[core]\nexcludesFile = /z\n');
  },
  'a repository that is made between': ({ folder, git }) =>
    void git('init', '-q', '--template=', join(folder, '..')),
  'a repository that is none any more': ({ top }) => rmSync(join(top, '.git/HEAD')),
  'a repository that is gone': ({ top }) => rmSync(join(top, '.git'), { recursive: true }),
  'a .git that is moved and linked': ({ top }) => {
    renameSync(join(top, '.git'), join(top, '../elsewhere'));
    symlinkSync('../elsewhere', join(top, '.git'));
  },
  'a .git that becomes a file': ({ top }) => {
    renameSync(join(top, '.git'), join(top, '../elsewhere'));
    writeFileSync(join(top, '.git'), 'gitdir: ../elsewhere\n');
  },
  'a work tree elsewhere': ({ git, home }) => void git('config', 'core.worktree', home),
};

it.each(Object.entries(CHANGES))('asks git again after %s', async (_what, change) => {
  const scene = await askedTwice();
  change(scene);
  expect(await scene.isFromMemory()).toBe(false);
});

it('asks again after a change of an included file, also of one that is missing first', async () => {
  const scene = memoryScene();
  const { git, home, top, isFromMemory } = scene;
  writeFileSync(
    join(home, '.gitconfig'),
    `[include]\npath = missing\n[includeIf "gitdir:${top}/"]\npath = ~/work\n`,
  );
  writeFileSync(join(home, 'work'), '[core]\nexcludesFile = /one\n');
  await learn(scene);
  writeFileSync(join(home, 'work'), '[core]\nexcludesFile = /other\n');
  await learn(scene);
  writeFileSync(join(home, 'missing'), '[core]\nexcludesFile = /first\n');
  await learn(scene);
  git('config', 'includeIf.onbranch:other.path', join(home, 'branch'));
  writeFileSync(join(home, 'branch'), '[core]\nexcludesFile = /branch\n');
  await learn(scene);
  git('symbolic-ref', 'HEAD', 'refs/heads/other');
  expect(await isFromMemory()).toBe(false);
});

it('remembers nothing where a setting includes what only git finds', async () => {
  const { home, isFromMemory } = memoryScene();
  writeFileSync(join(home, '.gitconfig'), '[include]\npath = ~root/nothing-there\n');
  for (let n = 0; n < 3; n += 1) expect(await isFromMemory()).toBe(false);
});

it('asks again after five minutes', async () => {
  const scene = await askedTwice();
  scene.passTime(5 * 60_000);
  expect(await scene.isFromMemory()).toBe(false);
});

it('remembers nothing of settings that changed just now: the next change may look the same', async () => {
  const scene = memoryScene();
  scene.passTime(-120_000);
  for (let n = 0; n < 3; n += 1) expect(await scene.isFromMemory()).toBe(false);
});

it('answers again in a linked work tree, and asks when the settings that it shares change', async () => {
  const scene = memoryScene();
  const { git, top } = scene;
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x', '--allow-empty');
  rmSync(join(top, 'a'), { recursive: true });
  git('worktree', 'add', '-q', '--detach', join(top, 'a'));
  mkdirSync(scene.folder);
  await learn(scene);
  git('config', 'core.excludesFile', '/x');
  await learn(scene);
  writeFileSync(join(top, '.git/worktrees/a/config.worktree'), '[core]\nexcludesFile = /own\n');
  git('config', 'extensions.worktreeConfig', 'true');
  await learn(scene);
  writeFileSync(join(top, '.git/worktrees/a/config.worktree'), '[core]\nexcludesFile = /new/own\n');
  expect(await scene.isFromMemory()).toBe(false);
});

it('remembers nothing where settings include so many files that looking takes longer', async () => {
  const { top, isFromMemory } = memoryScene();
  const many = Array.from({ length: 300 }, (_, n) => `path = missing-${n}\n`).join('');
  appendFileSync(join(top, '.git/config'), `[include]\n${many}`);
  for (let n = 0; n < 3; n += 1) expect(await isFromMemory()).toBe(false);
});

it('waits for no pipe that takes the place of the settings', async () => {
  const scene = await askedTwice();
  const config = join(scene.top, '.git/config');
  rmSync(config);
  execFileSync('mkfifo', [config]);
  expect(await scene.isFromMemory()).toBe(false);
});

it('gives a problem of git as it is, each time', async () => {
  const scene = await askedTwice();
  chmodSync(join(scene.top, '.git/config'), 0o600);
  writeFileSync(join(scene.top, '.git/config'), 'broken');
  for (let n = 0; n < 2; n += 1) expect(await scene.isFromMemory()).toBe(false);
});
