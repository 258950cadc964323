import { existsSync, renameSync, unlinkSync } from 'node:fs';
import { errnoOf } from './errors.ts';
import { writeAnew } from './files.ts';
import { readPlainFile } from './read-plain-file.ts';
import { makePrivateFolder } from './state-folder.ts';

/**
 * Writes the view `name` (a path below `views`) if its text changed. Readers see the old text or
 * all of the new. All views share one draft name, because only the leading worker writes them, one
 * at a time. The next write replaces a leftover draft, or {@link deleteViewDraft} removes it.
 * @throws the errno of the call that failed; the view is unchanged then. Does not create a state
 * folder that was removed or replaced.
 */
export function writeView(views: string, name: string, text: string): void {
  const path = `${views}/${name}`;
  if (holds(path, text)) return;
  try {
    replace(views, path, text);
  } catch (error) {
    // No queue: another folder took its place, and nothing of waymark belongs there.
    if (errnoOf(error) !== 'ENOENT' || !existsSync(`${folderOf(views)}/queue`)) throw error;
    makePrivateFolder(folderOf(path));
    replace(views, path, text);
  }
}

/**
 * Whether the file already has this text. Reading costs a tenth of replacing: some file systems
 * sync a file that replaces another.
 */
function holds(path: string, text: string): boolean {
  // A pipe in its place would hold up the worker for ever; anything else there is replaced.
  const read = readPlainFile(path, { maxBytes: 3 * text.length });
  return read !== undefined && 'text' in read && read.text === text;
}

/** Deletes the draft that a crashed writer left. For the leading worker only. */
export function deleteViewDraft(views: string): void {
  try {
    unlinkSync(draftIn(views));
  } catch (error) {
    if (errnoOf(error) === '') throw error; // There was none.
  }
}

function replace(views: string, path: string, text: string): void {
  const draft = draftIn(views);
  writeAnew(draft, text);
  renameSync(draft, path);
}

function draftIn(views: string): string {
  return `${views}/.draft`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
