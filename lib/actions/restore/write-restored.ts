import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import { removeQuietly } from '../../core/files.ts';
import { formatBytes } from '../../core/units.ts';
import { archivedBytes } from '../../journal/transcripts/read-archived.ts';
import { removeBadLines } from './classify-lines.ts';
import { type PlannedFile, readFileInPieces } from './plan-restore.ts';

/** Steps that write. */
const WRITES: readonly string[] = ['restore', 'replace', 'repair'];

/** Whether a planned file is written. */
export function isWriteStep({ step }: PlannedFile): boolean {
  return WRITES.includes(step);
}

/**
 * Checks that the disk has room for all of it.
 * @throws {@link WaymarkError} RESTORE_FAILED.
 */
export function requireDiskSpace(files: readonly PlannedFile[]): void {
  const wanted = files.filter(isWriteStep).reduce((sum, { bytes }) => sum + bytes, 0);
  const [first] = files;
  if (first === undefined || wanted === 0) return;
  const { bavail, bsize } = statfsSync(existingFolder(dirname(first.target)));
  if (bavail * bsize > wanted) return;
  throw new WaymarkError(
    'RESTORE_FAILED',
    `Cannot restore ${formatBytes(wanted)}: the disk of ${first.target} has room for ${formatBytes(bavail * bsize)}`,
    { remedy: 'Free some space; nothing was written.' },
  );
}

/**
 * Writes one file in one step: readers see what was there or all of the new. What the client had is
 * kept beside it, under a name that nothing takes for a transcript. Its time of change is now, so
 * that the next clean-up of the client does not take it again.
 * @returns the path of what the client had.
 * @throws {@link WaymarkError} RESTORE_FAILED.
 */
export function writeRestoredFile(planned: PlannedFile, now: number): string | undefined {
  const { target } = planned;
  const draft = `${dirname(target)}/.${basename(target).slice(0, 200)}.restoring`;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    removeQuietly(draft); // of a restore that died
    writeDraft(draft, piecesOf(planned));
    if (planned.step === 'restore') {
      place(draft, target);
      return undefined;
    }
    const kept = freeName(`${target}.damaged-${stampOf(now)}`);
    place(target, kept);
    renameSync(draft, target);
    return kept;
  } catch (error) {
    throw new WaymarkError('RESTORE_FAILED', `Cannot restore ${target}: ${formatReason(error)}`, {
      cause: error,
    });
  } finally {
    removeQuietly(draft);
  }
}

function piecesOf({ source, judgement, badLines }: PlannedFile): Iterable<Buffer> {
  const pieces = 'file' in source ? archivedBytes(source.file) : readFileInPieces(source.live);
  const isBroken = judgement !== undefined && (badLines > 0 || !judgement.isEnded);
  return isBroken && judgement !== undefined ? removeBadLines(pieces, judgement) : pieces;
}

function writeDraft(path: string, pieces: Iterable<Buffer>): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (const bytes of pieces)
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, bytes.length - done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Gives a file a second name that nothing has yet; never over anything. */
function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error)))
      throw error;
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw error;
    renameSync(from, to); // a file system without hard links
  }
}

function formatReason(error: unknown): string {
  return errnoOf(error) === 'EEXIST' ? 'Claude Code created it meanwhile' : reasonOf(error);
}

function freeName(wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}

function stampOf(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
}

function existingFolder(folder: string): string {
  const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
  return isThere || folder === dirname(folder) ? folder : existingFolder(dirname(folder));
}
