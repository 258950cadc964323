import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { namesIn } from '../../core/files.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { errnoOf } from '../../core/errors.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';

/** An event in a file that only its user may read. */
export interface EventFile {
  readonly path: string;
  /** A descriptor of the file, open for reading from its start. */
  readonly fd: number;
  /** Closes and deletes it. */
  remove(): void;
}

/** No delivery takes this long: a killed worker left the file. */
const ABANDONED_MS = DAY_MS;

/**
 * Writes the file.
 * @throws the errno of the call that failed; leaves nothing behind then.
 */
export function writeEventFile(folder: string, event: EventEnvelope): EventFile {
  const path = `${folder}/${randomBytes(8).toString('hex')}.json`;
  const writing = createIn(folder, path);
  try {
    writeWhole(writing, Buffer.from(`${JSON.stringify(event)}\n`));
    const fd = openSync(path, 'r');
    return {
      path,
      fd,
      remove: () => {
        closeSync(fd);
        rmSync(path, { force: true });
      },
    };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(writing);
  }
}

/** Deletes files that killed workers left. */
export function sweepEventFiles(folder: string, now: number): void {
  for (const name of namesIn(folder)) {
    const found = statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < now - ABANDONED_MS)
      rmSync(`${folder}/${name}`, { force: true });
  }
}

function createIn(folder: string, path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makePrivateFolder(folder);
    return openSync(path, 'wx', 0o600);
  }
}

function writeWhole(fd: number, content: Buffer): void {
  for (let written = 0; written < content.length; ) written += writeSync(fd, content, written);
}
