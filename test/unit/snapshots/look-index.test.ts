import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listAtOnce } from '../../../lib/snapshots/list-at-once.ts';
import { type Listing, listDiffering } from '../../../lib/snapshots/list-changes.ts';
import { openLookIndex } from '../../../lib/snapshots/look-index.ts';
import { createStoreGit } from '../../../lib/snapshots/open-store.ts';
import { readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { historiesByLength } from '../../support/histories.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

// One call of git with another index lists what `diff-files` and `ls-files -o` list.

const NAMES = ['a', 'b/c', 'b/d', 'e/f/g', 'empty', 'link', 'ü', 'new\nline', '-x', 'q"', 'b.c'];

/** After two snapshots, so that there is a look index; older than what changes now. */
async function settledScene(): Promise<SnapshotScene> {
  const scene = snapshotScene();
  for (const name of NAMES)
    if (name === 'link') symlinkSync('a', join(scene.folder, name));
    else scene.write(name, name === 'empty' ? '' : `text of ${name}`);
  for (let n = 0; n < 150; n += 1) scene.write(`many/${n % 7}/${n}`, `${n}`);
  for (const name of listAll(scene)) setTime(scene, name, 1_000);
  await scene.take();
  scene.write('ahead', 'on top');
  await scene.take();
  return scene;
}

function listAll({ folder }: SnapshotScene): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('.git') && lstatSync(join(folder, name)).isFile(),
  );
}

function setTime({ folder }: SnapshotScene, name: string, seconds: number): void {
  utimesSync(join(folder, name), seconds, seconds);
}

async function bothListings(scene: SnapshotScene) {
  const store = await scene.store();
  const git = createStoreGit(store, { workTree: store.workTree });
  const look = openLookIndex(store);
  if (look === undefined) throw new Error('there is no look index');
  try {
    const once = await listAtOnce(git, store.workTree, { look, known: new Set() });
    return { once, twice: await listDiffering(git) };
  } finally {
    look.close();
  }
}

/** In one order. */
function sorted(listing: Listing | undefined) {
  return (
    listing && {
      differing: [...listing.differing].toSorted(),
      untracked: [...listing.untracked].toSorted(),
      nested: listing.nested.toSorted(),
      closed: listing.closed,
    }
  );
}

const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  'same size': (path) => writeFileSync(path, 'x'.repeat(lstatSync(path).size)),
  longer: (path) => writeFileSync(path, 'much longer than before'),
  emptied: (path) => truncateSync(path),
  'touched alone': (path) => utimesSync(path, 5, 5),
  mode: (path) => chmodSync(path, 0o755),
  'mode, not for the owner': (path) => chmodSync(path, 0o640),
  gone: (path) => rmSync(path),
  'a folder now': (path) => {
    rmSync(path);
    mkdirSync(path);
    writeFileSync(`${path}/in`, 'in');
  },
  'a link now': (path) => {
    rmSync(path);
    symlinkSync('nowhere', path);
  },
  'a new file with the same content': (path) => {
    renameSync(path, `${path}.old`);
    writeFileSync(path, `text of ${path.split('/').at(-1)}`);
  },
  'the folder above is gone': (path) => rmSync(join(path, '..'), { recursive: true }),
  'a file beside it': (path) => writeFileSync(`${path}.beside`, 'new'),
  'a repository beside it': (path) => mkdirSync(`${path}.repo/.git/refs`, { recursive: true }),
  ignored: (path) => writeFileSync(join(path, '../.gitignore'), '*.beside\n'),
};

const RUNS = historiesByLength({ usual: 10, newCases: 30, long: 300 });

it(`lists the same as two calls after any changes, in ${RUNS} cases`, async () => {
  const change = fc.record({
    name: fc.constantFrom(...NAMES, 'many/3/17', 'many/0/140'),
    what: fc.constantFrom(...Object.keys(CHANGES)),
  });
  const scene = await settledScene();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      for (const { name, what } of changes) {
        try {
          if (name.includes('/') || what !== 'the folder above is gone')
            CHANGES[what]?.(join(scene.folder, name));
        } catch {
          // it went with an earlier change
        }
      }
      const { once, twice } = await bothListings(scene);
      expect(sorted(once)).toEqual(sorted(twice));
    }),
    { numRuns: RUNS },
  );
}, 3_600_000);

it('lists an untouched tree as such, with its empty files', async () => {
  const scene = await settledScene();
  const { once } = await bothListings(scene);
  expect(sorted(once)).toEqual({
    ...{ differing: [], untracked: ['ahead'], nested: [], closed: [] },
  });
});

it('leaves a folder that a link replaces, with the same files behind it, to the two calls', async () => {
  const scene = await settledScene();
  renameSync(join(scene.folder, 'many'), join(scene.folder, '../elsewhere'));
  symlinkSync('../elsewhere', join(scene.folder, 'many'));
  const { once, twice } = await bothListings(scene);
  expect(once).toBeUndefined();
  expect(twice.differing.size).toBe(150);
  const { snapshot } = await scene.take();
  expect(snapshot).toMatchObject({ counts: { added: 1, removed: 150 } });
});

it('has a file that is written twice within the second of the snapshot, with the same size', async () => {
  const scene = await settledScene();
  for (const text of ['one', 'two', 'six']) {
    scene.write('a', text);
    const { snapshot } = await scene.take();
    expect(snapshot.counts).toMatchObject({ changed: 1 });
  }
});

async function lookFiles(scene: SnapshotScene): Promise<readonly string[]> {
  const { folder } = await scene.store();
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('look-index-') ? [join(folder, name)] : [],
  );
}

it('makes it anew for another index, and takes snapshots without it where it is broken', async () => {
  const scene = await settledScene();
  const [first] = await lookFiles(scene);
  for (let n = 0; n < 150; n += 1) scene.write(`more/${n}`, `${n}`);
  await scene.take();
  scene.write('a', 'on top');
  await scene.take();
  const files = await lookFiles(scene);
  expect(files).toHaveLength(1);
  expect(files).not.toEqual([first]);
  const size = lstatSync(String(files[0])).size;
  const damages: readonly ((path: string) => void)[] = [
    (path) => truncateSync(path, size - 1_000),
    (path) => truncateSync(path, 20),
    (path) => truncateSync(path, 0),
    (path) => writeFileSync(path, 'no index'),
    (path) => writeFileSync(path, Buffer.alloc(size, 0xff)),
    (path) => unlinkSync(path),
  ];
  for (const [n, damage] of damages.entries()) {
    damage(String((await lookFiles(scene))[0]));
    scene.write('a', `damage ${n}`);
    const { snapshot } = await scene.take();
    expect(snapshot).toMatchObject({ counts: { added: 0, changed: 1, removed: 0 }, files: 312 });
    const a = (await readEntries(await scene.store(), snapshot)).get('a');
    const hash = scene.git('hash-object', 'a').trim();
    expect(a?.oid).toBe(hash);
    const made = await lookFiles(scene);
    expect(made.map((path) => lstatSync(path).size)).toEqual([size]);
  }
});

it('makes none of an index with a repository in it', async () => {
  const scene = await settledScene();
  scene.git('clone', '-q', '.', 'inner');
  scene.git('-C', 'inner', 'commit', '-q', '--allow-empty', '-m', 'x');
  await scene.take();
  scene.write('a', 'changed');
  const { snapshot } = await scene.take();
  expect(snapshot.counts).toMatchObject({ changed: 1 });
  expect(openLookIndex(await scene.store())).toBeUndefined();
});

it.skipIf(process.getuid?.() !== 0)(
  'leaves what is closed to the one who takes it to the two calls',
  async () => {
    const NOBODY = 65_534;
    process.seteuid?.(NOBODY);
    try {
      const scene = await settledScene();
      const folder = join(scene.folder, 'many/3');
      for (const mode of [0o700, 0o744]) {
        process.seteuid?.(0);
        chownSync(folder, 0, 0);
        chmodSync(folder, mode);
        process.seteuid?.(NOBODY);
        const { once, twice } = await bothListings(scene);
        expect(once).toBeUndefined();
        expect([...twice.differing]).toEqual([]);
      }
    } finally {
      process.seteuid?.(0);
    }
  },
);
