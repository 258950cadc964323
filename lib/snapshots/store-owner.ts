import { parseJsonObject, stringField } from '../core/json.ts';
import { readTextOrEmpty } from '../core/files.ts';
import { replaceFile } from '../core/replace-file.ts';

/** Whose snapshots a store has: what its `work-tree.json` says. */
export interface StoreOwner {
  /** The work tree. */
  readonly path: string;
  readonly objectFormat: string;
  /** Of the repository's `.git`; a folder without git has none. */
  readonly identity?: string | undefined;
}

/** Below the state folder. */
export const SNAPSHOTS = 'snapshots';

/** Written last, deleted first: a store without it is not finished. */
export const OWNER = 'work-tree.json';

export function writeOwner(folder: string, owner: StoreOwner): void {
  const options = { mode: 0o600, fsync: false };
  replaceFile(`${folder}/${OWNER}`, `${JSON.stringify(owner)}\n`, options);
}

export function readOwner(folder: string): StoreOwner | undefined {
  const found = parseJsonObject(readTextOrEmpty(`${folder}/${OWNER}`)) ?? {};
  const path = stringField(found, 'path');
  const objectFormat = stringField(found, 'objectFormat');
  if (path === undefined || objectFormat === undefined) return undefined;
  return { path, objectFormat, identity: stringField(found, 'identity') };
}
