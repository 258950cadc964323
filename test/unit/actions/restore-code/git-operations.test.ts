import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { prepareRestore } from '../../../../lib/actions/restore-code/prepare-restore.ts';
import { WaymarkError } from '../../../../lib/core/errors.ts';
import { pathText } from '../../../../lib/snapshots/restore/path-state.ts';
import { codeScene, stateOf } from '../../../support/code-scene.ts';
import { historiesByLength } from '../../../support/histories.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const RUNS = historiesByLength({ usual: 5, newCases: 30, long: 1_000 });

const NAMES = ['a', 'b', 'src/c', 'src/d/e', 'x.log', '.gitignore'];
const TEXTS = ['one\n', 'two\n', 'x.log\n', ''];

/** What people do with git, as arguments. It may refuse: that is a state, too. */
const GIT = [
  ...['add -A', 'commit -q -m x', 'commit -q -a -m y', 'checkout -q -B other', 'checkout -q main'],
  ...['stash -q', 'stash -q -u', 'stash pop -q', 'rebase -q other', 'rebase -q main'],
  ...['rebase --abort', 'rebase --continue', 'merge -q other', 'merge --abort'],
  ...['reset -q --hard', 'reset -q --hard HEAD~1', 'reset -q', 'clean -fdq', 'gc -q --prune=now'],
  ...['worktree add -q -f -B linked ../linked', 'worktree remove --force ../linked'],
  ...['submodule add -q ../library sub', 'submodule update -q --init', 'rm -rqf sub'],
  ...['rm -rq --cached .', 'branch -D other', 'cherry-pick other'],
];

const step = fc.oneof(
  fc.record({
    what: fc.constant('write' as const),
    name: fc.constantFrom(...NAMES, 'sub/inside', '../linked/elsewhere'),
    text: fc.constantFrom(...TEXTS),
  }),
  fc.record({
    what: fc.constantFrom('remove' as const, 'link' as const, 'mode' as const),
    name: fc.constantFrom(...NAMES),
    text: fc.constant(''),
  }),
  fc.record({
    what: fc.constant('git' as const),
    name: fc.constant(''),
    text: fc.constantFrom(...GIT),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Scene = ReturnType<typeof codeScene>;

/** A repository with a commit, beside one that can become its submodule. */
function scene(): Scene {
  const place = codeScene({ root: `${tempFolder()}/repo` });
  const library = `${place.root}/../library`;
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', library, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  mkdirSync(library);
  git('init', '-q', '-b', 'main');
  writeFileSync(`${library}/inside`, 'library\n');
  git('add', '.');
  git('commit', '-qm', 'library');
  place.write('a', 'first\n');
  place.git('add', '.');
  place.git('commit', '-qm', 'first');
  return place;
}

function act({ root, git }: Scene, { what, name, text }: Step): void {
  const path = `${root}/${name}`;
  try {
    if (what === 'git') git('-c', 'protocol.file.allow=always', ...text.split(' '));
    else if (what === 'remove') rmSync(path, { recursive: true });
    else if (what === 'mode') chmodSync(path, 0o700);
    else if (existsSync(dirname(path)) || NAMES.includes(name)) {
      mkdirSync(dirname(path), { recursive: true });
      if (what === 'link') symlinkSync('a', path);
      else writeFileSync(path, text);
    }
  } catch {
    // nothing to commit, a conflict, a name that is taken
  }
}

/** What is at each path that git tracks or does not ignore, without repositories inside. */
function filesOf({ root, git }: Scene): ReadonlyMap<string, string> {
  const listed = git('ls-files', '-z', '-c', '-o', '--exclude-standard').split('\0');
  const found = [...new Set(listed)].flatMap((path) => {
    const look = path === '' ? undefined : lookOf(`${root}/${path}`);
    return look === undefined ? [] : [[path, look] as const];
  });
  return new Map(found);
}

function lookOf(path: string): string | undefined {
  try {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return `link ${readlinkSync(path)}`;
    if (!found.isFile()) return undefined;
    return `${(found.mode & 0o7777).toString(8)} ${readFileSync(path, 'base64')}`;
  } catch {
    return undefined; // a file is where a folder was
  }
}

/** All that a restore must leave alone. */
function others({ root, gitState }: Scene): readonly string[] {
  const beside = ['../linked', '../library', 'sub'].map((name) => `${root}/${name}`);
  return [gitState(), ...beside.map((path) => (existsSync(`${path}/.git`) ? stateOf(path) : ''))];
}

/** @returns paths that were kept as they are, or `undefined` where the restore was refused. */
async function restore(
  place: Scene,
  checkpoint: string,
  removesNew: boolean,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { plan } = await place.inGround((ground) =>
      prepareRestore(ground, { cwd: place.root, checkpoint, paths: [], removesNew }),
    );
    const { skipped } = await place.restore(checkpoint, { removesNew });
    expect(skipped).toEqual([]);
    return new Set(plan.kept.map(({ path }) => pathText(path)));
  } catch (error) {
    if (error instanceof WaymarkError && error.code === 'RESTORE_FAILED') return undefined;
    throw error;
  }
}

it(`restores exactly and undoes exactly, and changes nothing of git, its work trees and submodules, in ${RUNS} histories`, async () => {
  const rounds = fc.array(fc.array(step, { maxLength: 8 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rounds, fc.nat(), fc.boolean(), async (history, choice, removesNew) => {
      const place = scene();
      const taken: { readonly id: string; readonly files: ReadonlyMap<string, string> }[] = [];
      for (const steps of history) {
        for (const one of steps) act(place, one);
        const files = filesOf(place);
        taken.push({ id: (await place.shoot()).id, files });
      }
      const target = taken[choice % taken.length];
      const [tree, beside, present] = [place.treeState(), others(place), filesOf(place)];

      const kept = await restore(place, target?.id ?? '', removesNew);
      expect(others(place)).toEqual(beside);
      if (kept === undefined) {
        expect(place.treeState()).toBe(tree);
        return;
      }
      for (const [path, look] of target?.files ?? [])
        if (!kept.has(path)) expect(lookOf(`${place.root}/${path}`), path).toBe(look);
      for (const [path, look] of present)
        if (target?.files.has(path) !== true && (!removesNew || kept.has(path)))
          expect(lookOf(`${place.root}/${path}`), path).toBe(look);

      await place.undo();
      expect(place.treeState()).toBe(tree);
      expect(others(place)).toEqual(beside);
      rmSync(dirname(place.root), { recursive: true });
    }),
    { numRuns: RUNS },
  );
}, 7_200_000);
