import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isoTime } from '../lib/core/clock.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { makePrivateFolder } from '../lib/core/state-folder.ts';
import { recordStem } from './install-record.ts';

/** Dated backups that are kept of each settings file. */
const KEPT = 5;

/** Keeps `content` as the file was before the first change. @returns its path. */
export function backUpFirst(stateRoot: string, file: string, content: string): string {
  return keep(`${recordStem(stateRoot, file)}.first-backup`, content);
}

/**
 * Keeps `content` as the file was before the change at `now`, and drops all but the last five such.
 * @returns its path.
 */
export function backUpDated(stateRoot: string, file: string, content: string, now: number): string {
  const stem = recordStem(stateRoot, file);
  const path = keep(`${stem}.${isoTime(now).replace(/[-:.]/g, '')}.backup`, content);
  const dated = readdirSync(dirname(stem)).filter(
    (name) => name.startsWith(`${basename(stem)}.`) && name.endsWith('.backup'),
  );
  for (const name of dated.sort().slice(0, -KEPT))
    rmSync(`${dirname(stem)}/${name}`, { force: true });
  return path;
}

function keep(path: string, content: string): string {
  makePrivateFolder(dirname(path));
  replaceFile(path, content, { mode: 0o600 });
  return path;
}
