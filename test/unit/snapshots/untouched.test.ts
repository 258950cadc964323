import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { historiesByLength } from '../../support/histories.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

const RUNS = historiesByLength({ usual: 10, newCases: 60, long: 1_000 });

const NAMES = ['a', 'b/c', 'b/d e', 'ü', 'new\nline', 'deep/er/f', 'x.log', '-dash', 'q"uote'];

/** One thing that somebody does in a work tree. Git may refuse it: that is a state, too. */
const STEP = fc.oneof(
  fc.record({ what: fc.constant('write'), name: fc.constantFrom(...NAMES), text: fc.string() }),
  fc.record({
    what: fc.constant('remove'),
    name: fc.constantFrom(...NAMES),
    text: fc.constant(''),
  }),
  fc.record({
    what: fc.constant('link'),
    name: fc.constantFrom(...NAMES),
    text: fc.constant('../out'),
  }),
  fc.record({ what: fc.constant('mode'), name: fc.constantFrom(...NAMES), text: fc.constant('') }),
  fc.record({
    what: fc.constant('ignore'),
    name: fc.constantFrom(...NAMES),
    text: fc.constant(''),
  }),
  fc.record({
    what: fc.constant('git'),
    name: fc.constant(''),
    text: fc.constantFrom(
      ...['add -A', 'commit -qm x', 'checkout -q -b other', 'checkout -q main', 'stash -q'],
      ...[
        'merge -q other',
        'rm -rq --cached .',
        'gc -q --prune=now',
        'reset -q',
        'branch -D other',
      ],
    ),
  }),
);

function act(
  { folder, git }: SnapshotScene,
  { what, name, text }: { what: string; name: string; text: string },
): void {
  const path = join(folder, name);
  try {
    if (what === 'git') git(...text.split(' '));
    else if (what === 'remove') rmSync(path, { recursive: true, force: true });
    else if (what === 'mode') chmodSync(path, 0o700);
    else if (what === 'ignore') writeFileSync(join(folder, '.gitignore'), `${name}\n*.log\n`);
    else {
      mkdirSync(join(path, '..'), { recursive: true });
      if (what === 'link') symlinkSync(text, path);
      else writeFileSync(path, text);
    }
  } catch {
    // a merge with conflicts, a name that is taken: as it is in life
  }
}

/** Every path below a folder with its kind, bytes, mode, inode and times. */
function look(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'latin1' });
  return ['', ...names].toSorted().map((name) => {
    const path = Buffer.from(`${folder}/${name}`, 'latin1');
    const found = lstatSync(path, { bigint: true });
    const content = found.isFile()
      ? readFileSync(path, 'base64')
      : found.isSymbolicLink()
        ? readlinkSync(path)
        : '';
    return [name, found.mode, found.ino, found.size, found.mtimeNs, found.ctimeNs, content].join(
      ' ',
    );
  });
}

it(`changes no byte, name or time in the work tree and its .git, and has every file, in ${RUNS} histories`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(STEP, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      async (rounds) => {
        const scene = snapshotScene();
        try {
          for (const steps of rounds) {
            for (const step of steps) act(scene, step);
            const before = look(scene.folder);
            const { snapshot } = await scene.take();
            expect(look(scene.folder)).toEqual(before);
            await expectAll(scene, snapshot);
          }
        } finally {
          rmSync(join(scene.folder, '..'), { recursive: true, force: true });
        }
      },
    ),
    { numRuns: RUNS },
  );
}, 7_200_000);

/** Tracked files that are there, and others that are not ignored, with the bytes that they have. */
async function expectAll(
  scene: SnapshotScene,
  snapshot: { readonly commit: string },
): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], {
    ...{ cwd: scene.folder, env: scene.environment },
  });
  const there = [...new Set(listed.toString('latin1').split('\0'))].filter((path) => {
    if (path === '') return false;
    try {
      return !lstatSync(Buffer.from(`${scene.folder}/${path}`, 'latin1')).isDirectory();
    } catch {
      return false;
    }
  });
  const store = await scene.store();
  const entries = await readEntries(store, snapshot);
  expect([...entries.keys()].toSorted()).toEqual(there.toSorted());
  const contents = await readContents(
    store,
    [...entries.values()].map(({ oid }) => oid),
  );
  for (const [index, [path, entry]] of [...entries].entries()) {
    const full = Buffer.from(`${scene.folder}/${path}`, 'latin1');
    const found = lstatSync(full, { bigint: true });
    const bytes = entry.kind === 'link' ? Buffer.from(readlinkSync(full)) : readFileSync(full);
    expect(contents[index]?.equals(bytes)).toBe(true);
    if (entry.kind === 'file') expect(entry.mode).toBe(Number(found.mode & 0o7777n));
    if (entry.kind !== 'nested') expect(entry.mtimeNs).toBe(String(found.mtimeNs));
  }
}
