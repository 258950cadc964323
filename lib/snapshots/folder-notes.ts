import type { StoreGit } from '../git/store-git.ts';
import type { Candidate } from './list-changes.ts';
import { readObjects } from './read-objects.ts';
import { type BytePath, parentFolder } from './restore/path-state.ts';
import { type FolderNotes, notesPath, readNotes, type StatNote } from './stat-notes.ts';

/**
 * The notes of every folder in which something changed.
 * @param notesTree Those of the snapshot before; left out: there are none.
 * @param taken Files and links that the index has now.
 * @param removed Paths that it has no more.
 */
export async function collectFolderNotes(
  git: StoreGit,
  notesTree: string | undefined,
  taken: readonly Candidate[],
  removed: readonly BytePath[],
): Promise<ReadonlyMap<BytePath, FolderNotes>> {
  const folders = [...new Set([...taken.map(({ path }) => path), ...removed].map(parentFolder))];
  const earlier = await notesBefore(git, notesTree, folders);
  const notes = new Map<BytePath, Map<BytePath, StatNote>>(
    folders.map((folder, index) => [folder, readNotes(earlier[index] ?? Buffer.alloc(0))]),
  );
  for (const path of removed) notes.get(parentFolder(path))?.delete(nameOf(path));
  for (const { path, mode, mtimeNs, size } of taken)
    notes.get(parentFolder(path))?.set(nameOf(path), { mode, mtimeNs, size });
  return notes;
}

async function notesBefore(
  git: StoreGit,
  notesTree: string | undefined,
  folders: readonly BytePath[],
): Promise<ReadonlyArray<Buffer | undefined>> {
  if (notesTree === undefined) return [];
  const names = folders.map((folder) => `${notesTree}:${notesPath(folder).slice('stat/'.length)}`);
  return await readObjects(git, names);
}

function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}
