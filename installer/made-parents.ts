import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../lib/core/replace-file.ts';
import { makePrivateFolder } from '../lib/core/state-folder.ts';

/**
 * Creates the state folder, and notes the folders above it that were missing, such as
 * `~/.local/state`: a purge removes these if they are empty then, and no others.
 */
export function makeStateRoot(root: string): void {
  const outermost = mkdirSync(root, { recursive: true, mode: 0o700 });
  if (outermost === undefined) return;
  const made: string[] = [];
  for (let folder = root; folder !== outermost && folder !== dirname(folder); ) {
    folder = dirname(folder);
    made.unshift(folder);
  }
  if (made.length === 0) return;
  makePrivateFolder(dirname(fileOf(root)));
  replaceFile(fileOf(root), `${JSON.stringify(made)}\n`, { mode: 0o600 });
}

/** The folders above the state folder that {@link makeStateRoot} created, outermost first. */
export function readMadeParents(root: string): readonly string[] {
  if (!existsSync(fileOf(root))) return [];
  try {
    const made: unknown = JSON.parse(readFileSync(fileOf(root), 'utf8'));
    const isAbove = (folder: unknown): folder is string =>
      typeof folder === 'string' && root.startsWith(`${folder}/`);
    return Array.isArray(made) ? made.filter(isAbove) : [];
  } catch {
    return []; // Damaged: those folders stay.
  }
}

function fileOf(root: string): string {
  return `${root}/install/parents.json`;
}
