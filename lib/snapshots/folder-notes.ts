import type { StoreGit } from '../git/store-git.ts';
import { type Candidate, statPath } from './list-changes.ts';
import { readObjects } from './read-objects.ts';
import { type BytePath, foldersAbove, parentFolder } from './restore/path-state.ts';
import { type FolderNotes, notesPath, OWN_NOTE, readNotes, type StatNote } from './stat-notes.ts';

/**
 * The notes of every folder in which something changed, and of those above it.
 * @param notesTree Those of the snapshot before; left out: there are none.
 * @param taken Files and links that the index has now.
 * @param removed Paths that it has no more.
 */
export async function collectFolderNotes(
  git: StoreGit,
  notesTree: string | undefined,
  taken: readonly Candidate[],
  removed: readonly BytePath[],
  workTree: string,
): Promise<ReadonlyMap<BytePath, FolderNotes>> {
  const paths = [...taken.map(({ path }) => path), ...removed];
  const above = new Set(paths.flatMap(foldersAbove));
  const folders = [...new Set([...paths.map(parentFolder), ...above])];
  const earlier = await notesBefore(git, notesTree, folders);
  const notes = new Map<BytePath, Map<BytePath, StatNote>>(
    folders.map((folder, index) => [folder, readNotes(earlier[index] ?? Buffer.alloc(0))]),
  );
  for (const path of removed) notes.get(parentFolder(path))?.delete(nameOf(path));
  for (const { path, mode, mtimeNs, size } of taken)
    notes.get(parentFolder(path))?.set(nameOf(path), { mode, mtimeNs, size });
  for (const folder of above) {
    const mode = modeOfFolder(workTree, folder);
    if (mode === undefined) notes.get(folder)?.delete(OWN_NOTE);
    else notes.get(folder)?.set(OWN_NOTE, ownNote(mode));
  }
  return notes;
}

/**
 * Notes of the folders above these paths, by path, for the list of newer notes. Only of those with
 * other permissions than most folders have: the list is stored with every snapshot.
 */
export function newerFolderNotes(workTree: string, paths: Iterable<BytePath>): FolderNotes {
  const notes = new Map<BytePath, StatNote>();
  for (const folder of new Set([...paths].flatMap(foldersAbove))) {
    const mode = modeOfFolder(workTree, folder);
    if (mode !== undefined && mode !== USUAL) notes.set(`${folder}/${OWN_NOTE}`, ownNote(mode));
  }
  return notes;
}

const USUAL = 0o755;

function ownNote(mode: number): StatNote {
  return { mode, mtimeNs: '0', size: 0 };
}

function modeOfFolder(workTree: string, folder: BytePath): number | undefined {
  const found = statPath(workTree, folder);
  return found?.isDirectory() === true ? Number(found.mode & 0o7777n) : undefined;
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
