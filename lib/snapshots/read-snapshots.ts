import { GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import { compareTrees, type TreeChange } from './compare-trees.ts';
import { splitPaths } from './ignore-rules.ts';
import { createStoreGit, type SnapshotStore } from './open-store.ts';
import { readObjects } from './read-objects.ts';
import type { BytePath, PathState, PathStates } from './restore/path-state.ts';
import {
  LEFT_OUT_REASONS,
  type LeftOutReason,
  readFacts,
  REFS,
  type Snapshot,
  createSnapshot,
} from './snapshot.ts';
import { markForRepair } from './store-damage.ts';
import {
  type FolderNotes,
  folderOfNotes,
  OWN_NOTE,
  readNotes,
  type StatNote,
} from './stat-notes.ts';
import { FILES, LEFT_OUT, NEWER_NOTES } from './write-commit.ts';

/** All snapshots of a store, the earliest first. What is not of waymark, or broken, is left out. */
export async function listSnapshots(store: SnapshotStore): Promise<readonly Snapshot[]> {
  return (await listRefs(store, REFS)).toSorted((a, b) => a.number - b.number);
}

/** One snapshot; `undefined` if it is gone or broken. */
export async function readSnapshotAt(
  store: SnapshotStore,
  ref: string,
): Promise<Snapshot | undefined> {
  return (await listRefs(store, ref))[0];
}

/** What a snapshot has. */
export interface SnapshotTree {
  readonly entries: PathStates;
  /** Permission bits of folders; not of all in snapshots of earlier versions. */
  readonly folderModes: Readonly<Record<BytePath, number>>;
}

/** As {@link readTree}, without folders. */
export async function readEntries(
  store: SnapshotStore,
  snapshot: Pick<Snapshot, 'commit'>,
): Promise<PathStates> {
  return (await readTree(store, snapshot)).entries;
}

/**
 * Files, links and nested repositories of a snapshot, with permissions and times.
 * @throws {@link GitFailure} when the store lost a part of it.
 */
export async function readTree(
  store: SnapshotStore,
  { commit }: Pick<Snapshot, 'commit'>,
): Promise<SnapshotTree> {
  const git = createStoreGit(store);
  const listed = splitPaths(await callStoreGit(git, ['ls-tree', '-r', '-z', commit]));
  const rows = listed.flatMap(readRow);
  const folders = rows.flatMap(({ path, oid }) => {
    const folder = folderOfNotes(path);
    return folder === undefined ? [] : [{ folder, oid }];
  });
  const newerOid = rows.find(({ path }) => path === NEWER_NOTES)?.oid;
  const [newer, ...contents] = await readObjects(git, [
    newerOid ?? NO_OBJECT,
    ...folders.map(({ oid }) => oid),
  ]);
  const newerNotes = readNotes(newer ?? Buffer.alloc(0));
  const notes = new Map<BytePath, FolderNotes>(
    folders.map(({ folder }, index) => [folder, readNotes(contents[index] ?? Buffer.alloc(0))]),
  );
  const entries = new Map(
    rows
      .filter(({ path }) => path.startsWith(`${FILES}/`))
      .map((row): [BytePath, PathState] => entryOf(row, notes, newerNotes)),
  );
  return { entries, folderModes: folderModesIn(notes, newerNotes) };
}

function folderModesIn(
  notes: ReadonlyMap<BytePath, FolderNotes>,
  newerNotes: FolderNotes,
): Readonly<Record<BytePath, number>> {
  const known = [...notes].flatMap(([folder, inside]): readonly [BytePath, number][] => {
    const own = inside.get(OWN_NOTE);
    return own === undefined ? [] : [[folder, own.mode]];
  });
  const newer = [...newerNotes].flatMap(([path, { mode }]): readonly [BytePath, number][] =>
    path.endsWith(`/${OWN_NOTE}`) ? [[path.slice(0, -`/${OWN_NOTE}`.length), mode]] : [],
  );
  return Object.fromEntries([...known, ...newer]);
}

/** Paths that were in the work tree but are not in the snapshot, and why. */
export async function readLeftOut(
  store: SnapshotStore,
  { commit, leftOut }: Pick<Snapshot, 'commit' | 'leftOut'>,
): Promise<ReadonlyMap<BytePath, LeftOutReason>> {
  const [content] =
    leftOut === 0 ? [] : await readObjects(createStoreGit(store), [`${commit}:${LEFT_OUT}`]);
  return new Map(
    (content === undefined ? [] : splitPaths(content)).flatMap((line) => {
      const cut = line.indexOf('\t');
      const reason = LEFT_OUT_REASONS.find((one) => one === line.slice(0, cut));
      return reason === undefined ? [] : [[line.slice(cut + 1), reason] as const];
    }),
  );
}

/**
 * The content of files, or the text of links, by the ids of {@link readEntries}; `undefined` for
 * each that the store lost.
 */
export async function readContents(
  store: SnapshotStore,
  oids: readonly string[],
): Promise<ReadonlyArray<Buffer | undefined>> {
  return await readObjects(createStoreGit(store), oids);
}

/** Paths in which the files of two snapshots differ, of all or of those below `paths`. */
export async function compareSnapshots(
  store: SnapshotStore,
  from: Pick<Snapshot, 'commit'>,
  to: Pick<Snapshot, 'commit'>,
  paths: readonly BytePath[] = [],
): Promise<readonly TreeChange[]> {
  const [earlier, later] = [`${from.commit}:${FILES}`, `${to.commit}:${FILES}`];
  return await compareTrees(createStoreGit(store), earlier, later, paths);
}

async function listRefs(store: SnapshotStore, below: string): Promise<readonly Snapshot[]> {
  const git: StoreGit = createStoreGit(store);
  try {
    const printed = await callStoreGit(git, ['for-each-ref', `--format=${FORMAT}`, below]);
    const records = printed.toString('utf8').split('\0');
    return records.flatMap((record) => {
      const line = record.replace(/^\n/, '');
      const cut = line.indexOf(' ');
      return cut === -1 ? [] : snapshotIn(line.slice(0, cut), line.slice(cut + 1));
    });
  } catch (error) {
    // git lists no ref at all where one of them lost its commit
    if (!(error instanceof GitFailure) || !LOST.test(error.message)) throw error;
    markForRepair(store);
    return await readWholeRefs(git, below);
  }
}

const LOST = /missing object|bad object|broken|corrupt/i;

async function readWholeRefs(git: StoreGit, below: string): Promise<readonly Snapshot[]> {
  const printed = await callStoreGit(git, ['for-each-ref', '--format=%(objectname)', below]);
  const ids = printed.toString('latin1').split('\n').filter(Boolean);
  const commits = await readObjects(git, ids);
  return ids.flatMap((id, index) => {
    const text = commits[index]?.toString('utf8') ?? '';
    return snapshotIn(id, text.slice(text.indexOf('\n\n') + 2));
  });
}

function snapshotIn(commit: string, message: string): readonly Snapshot[] {
  const facts = readFacts(message);
  return facts === undefined ? [] : [createSnapshot(facts, commit)];
}

const FORMAT = '%(objectname) %(contents)%00';

/** Names no object: git says that it is missing. */
const NO_OBJECT = 'none';

interface TreeRow {
  readonly mode: string;
  readonly oid: string;
  /** Below the commit's tree. */
  readonly path: string;
}

function readRow(line: string): readonly TreeRow[] {
  const [, mode, oid, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
  return mode === undefined || oid === undefined || path === undefined ? [] : [{ mode, oid, path }];
}

function entryOf(
  { mode, oid, path: inCommit }: TreeRow,
  notes: ReadonlyMap<BytePath, FolderNotes>,
  newerNotes: FolderNotes,
): [BytePath, PathState] {
  const path = inCommit.slice(FILES.length + 1);
  const note = newerNotes.get(path) ?? noteOf(path, notes);
  if (mode === '160000') return [path, { kind: 'nested', oid }];
  const mtimeNs = note?.mtimeNs;
  if (mode === '120000') return [path, { kind: 'link', oid, mtimeNs }];
  const bits = note?.mode ?? (mode === '100755' ? 0o755 : 0o644);
  return [path, { kind: 'file', oid, mode: bits, mtimeNs }];
}

function noteOf(path: BytePath, notes: ReadonlyMap<BytePath, FolderNotes>): StatNote | undefined {
  const cut = path.lastIndexOf('/');
  return notes.get(path.slice(0, Math.max(0, cut)))?.get(path.slice(cut + 1));
}
