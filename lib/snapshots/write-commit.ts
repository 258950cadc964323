import { shortHash16 } from '../core/short-hash.ts';
import { GitFailure } from '../git/git-failure.ts';
import { callStoreGit, type StoreGit } from '../git/store-git.ts';
import type { BytePath } from './restore/path-state.ts';
import type { TreeEdit } from './read-few.ts';
import { formatRef, type LeftOutReason, type SnapshotFacts } from './snapshot.ts';
import { commitMessage, commitPerson } from './same-tree-commit.ts';
import { type FolderNotes, notesPath, writeNotes } from './stat-notes.ts';

/** What a snapshot's commit has. */
export interface CommitContent {
  /** The tree of the files, which `removed` and `edits` change. */
  readonly filesTree: string;
  readonly removed?: readonly BytePath[];
  readonly edits?: readonly TreeEdit[];
  /** Notes of single paths; they go before those of the folders. */
  readonly newerNotes?: FolderNotes;
  /** The notes of the snapshot before, which this one changes; left out: there are none. */
  readonly previousNotes?: string | undefined;
  /** The notes of each folder that changed; none: it has no files any more. */
  readonly notes: ReadonlyMap<BytePath, FolderNotes>;
  readonly leftOut: ReadonlyMap<BytePath, LeftOutReason>;
  /** Patterns of ignored files that are in no `.gitignore`. */
  readonly excludes: string;
}

/** Where the paths that a snapshot leaves out are in its tree. */
export const LEFT_OUT = 'left-out';

/** Where the files are in its tree. */
export const FILES = 'files';

/** Where the notes of the folders are in its tree. */
export const NOTES = 'stat';

/** Where the notes of paths are that changed since those of the folders were written. */
export const NEWER_NOTES = 'stat-newer';

export interface WrittenCommit {
  readonly ref: string;
  readonly commit: string;
  readonly filesTree: string;
  /** Tree of the notes; left out: it has none. */
  readonly notesTree?: string | undefined;
  /** The tree of all. */
  readonly root?: string | undefined;
}

/**
 * Writes the commit of a snapshot and its ref, in one call of git: the ref is there only with all
 * of it.
 */
export async function writeCommit(
  git: StoreGit,
  facts: SnapshotFacts,
  content: CommitContent,
): Promise<WrittenCommit> {
  const ref = formatRef(facts);
  const input = Buffer.concat([...commands(ref, facts, content)]);
  const printed = await callStoreGit(git, IMPORT, { input });
  const answer = printed.toString('latin1');
  const commit = /^[0-9a-f]{40,64}$/m.exec(answer)?.[0];
  if (commit === undefined) throw new GitFailure('git fast-import named no commit');
  const treeAt = (path: string): string | undefined =>
    new RegExp(`^040000 tree ([0-9a-f]{40,64})\t${path}$`, 'm').exec(answer)?.[1];
  const filesTree = treeAt(FILES) ?? content.filesTree;
  return { ref, commit, filesTree, notesTree: treeAt(NOTES), root: treeAt('') };
}

/**
 * Always one pack: as single files, each object takes a block of the disk. No differences
 * (`depth`): each would be from the object before, mostly of another folder, and packing would keep
 * it.
 */
const IMPORT = [
  ...['-c', 'fastimport.unpackLimit=1'],
  // Forced: a snapshot whose content was lost is replaced.
  ...['fast-import', '--quiet', '--depth=0', '--done', '--force', '--date-format=raw'],
];

function* commands(ref: string, facts: SnapshotFacts, content: CommitContent): Iterable<Buffer> {
  const { filesTree, previousNotes, notes, leftOut, excludes } = content;
  const { removed = [], edits = [], newerNotes = new Map() } = content;
  yield line(`commit ${ref}`);
  yield line('mark :1');
  yield line(`committer ${commitPerson(facts)}`);
  yield* data(commitMessage(facts));
  yield line(`M 040000 ${filesTree} ${FILES}`);
  // First: a folder may be where a file was, or a file where a folder was.
  for (const path of removed) yield line(`D ${quotePath(path)}`);
  for (const { path, mode, content: bytes } of edits) {
    yield line(`M ${mode} inline ${quotePath(path)}`);
    yield* data(bytes);
  }
  if (previousNotes !== undefined) yield line(`M 040000 ${previousNotes} ${NOTES}`);
  for (const [folder, inside] of notes) {
    const path = notesPath(folder);
    if (inside.size === 0) yield line(`D ${path}`);
    else yield* file(path, writeNotes(inside));
  }
  if (newerNotes.size > 0) yield* file(NEWER_NOTES, writeNotes(newerNotes));
  if (leftOut.size > 0) yield* file(LEFT_OUT, Buffer.from(listLeftOut(leftOut), 'latin1'));
  if (excludes.trim() !== '') yield* file('excludes', Buffer.from(excludes, 'latin1'));
  yield line('');
  yield line('get-mark :1');
  yield line(`ls :1 ${FILES}`);
  yield line(`ls :1 ${NOTES}`);
  yield line('ls :1 ""');
  yield line('done');
}

function listLeftOut(leftOut: CommitContent['leftOut']): string {
  const left = [...leftOut].map(([path, reason]) => `${reason}\t${path}\0`);
  return left.toSorted().join('');
}

/** Names what a commit has beside the files and the notes of folders. */
export function stampBesides({
  leftOut,
  excludes,
  newerNotes = new Map(),
}: Pick<CommitContent, 'leftOut' | 'excludes' | 'newerNotes'>): string {
  const parts = [writeNotes(newerNotes).toString('latin1'), listLeftOut(leftOut), excludes];
  return shortHash16(parts.map((part) => `${part.length} ${part}`).join(''));
}

/** A path of the files, as fast-import reads it. */
function quotePath(path: BytePath): string {
  const escaped = path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `"${FILES}/${escaped}"`;
}

function* file(path: string, content: Buffer): Iterable<Buffer> {
  yield line(`M 100644 inline ${path}`);
  yield* data(content);
}

function* data(content: Buffer): Iterable<Buffer> {
  yield line(`data ${content.length}`);
  yield content;
  yield line('');
}

function line(text: string): Buffer {
  return Buffer.from(`${text}\n`, 'latin1');
}
