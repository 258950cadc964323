import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { errnoOf } from './errors.ts';
import { makePrivateFolder } from './state-folder.ts';

/**
 * Replaces the view `name` (a path below `views`) if its text changed, or makes it: readers see the old text or all of the new. The draft has one name for all views,
 * because only the leading worker writes them, one at a time: what a killed one leaves is written over by the next, or cleared away by {@link dropDraft}.
 * @throws the errno of the call that failed; the view is then as it was. A state folder that was removed or replaced is not made again.
 */
export function writeView(views: string, name: string, text: string): void {
  const path = `${views}/${name}`;
  if (holds(path, text)) return;
  try {
    replace(views, path, text);
  } catch (error) {
    // without a queue it is another folder that took the place of ours: nothing of ours belongs into it
    if (errnoOf(error) !== 'ENOENT' || !existsSync(`${folderOf(views)}/queue`)) throw error;
    makePrivateFolder(folderOf(path));
    replace(views, path, text);
  }
}

/** Reading costs a tenth of replacing: some file systems write a file to the disk when another takes its place. */
function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false; // it is not there, or no file
  }
}

/** Clears away the draft of a view whose writer died. For the leading worker alone. */
export function dropDraft(views: string): void {
  try {
    unlinkSync(draftIn(views));
  } catch (error) {
    if (errnoOf(error) === '') throw error; // none was left
  }
}

function replace(views: string, path: string, text: string): void {
  const draft = draftIn(views);
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

function draftIn(views: string): string {
  return `${views}/.draft`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
