import { lstatSync, renameSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { listFootprint } from '../../claude/transcript/footprint.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { removeQuietly } from '../../core/files.ts';
import { runAllSlices } from '../../core/sliced.ts';
import { archiveFile } from '../../journal/transcripts/archive-file.ts';
import { archivedBytes, archivedFiles } from '../../journal/transcripts/read-archived.ts';
import { type ContainerWriter, writeContainer } from '../../journal/transcripts/write-container.ts';
import type { FoundSession } from '../../query/archived-sessions.ts';
import type { ActionContext } from '../action-context.ts';
import { type PlannedFile, readFileInPieces, planRestore } from './plan-restore.ts';

export interface PackRequest {
  readonly session: FoundSession;
  readonly cwd: string;
  /** Left out: named after the session, in `cwd`. */
  readonly out?: string | undefined;
}

export interface PackResult {
  readonly session: string;
  readonly file: string;
  readonly files: number;
  /** Bytes of the files, and of the pack. */
  readonly bytes: number;
  readonly packedBytes: number;
  /** What could not be read, one line each. */
  readonly problems: readonly string[];
}

const BLOCK_BYTES = 1 << 20;

/**
 * Writes all files of a session into one file, each as the better one of what the client and the
 * archive have. It never replaces a file.
 * @throws {@link WaymarkError} NOT_FOUND, RESTORE_FAILED, ARCHIVE_TOO_NEW.
 */
export function packSession(
  actionContext: ActionContext,
  { session, cwd, out }: PackRequest,
): PackResult {
  const file = resolve(cwd, out ?? `${session.id}.waymark-session`);
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    throw new WaymarkError('RESTORE_FAILED', `Cannot write ${file}: it exists`, {
      remedy: 'Name another file with --out.',
    });
  const draft = `${file}.part`;
  removeQuietly(draft);
  try {
    const packed = pack(actionContext, session, draft);
    renameSync(draft, file);
    return { session: session.id, file, packedBytes: statSync(file).size, ...packed };
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    throw new WaymarkError('RESTORE_FAILED', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    removeQuietly(draft);
  }
}

function pack(
  actionContext: ActionContext,
  session: FoundSession,
  draft: string,
): Pick<PackResult, 'files' | 'bytes' | 'problems'> {
  const { id, transcriptPath } = session;
  const live = transcriptPath === undefined ? undefined : listFootprint(transcriptPath, id);
  const plan = planRestore({
    session: id,
    files: archivedFiles(actionContext.folder.archive, id),
    baseFor: (base) => base,
  });
  const base = live?.base ?? planBase(plan.files);
  if (base === undefined)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot pack session ${id}: neither Claude Code nor the archive has files of it`,
      {
        remedy: '`waymark sessions` lists what was recorded.',
      },
    );
  const archived = new Map(plan.files.map((one) => [`${one.target}`, one]));
  const problems = plan.faults.map(({ reason }) => reason);
  const writer = writeContainer(draft, { session: id, base }, { clock: actionContext.clock });
  let [files, bytes] = [0, 0];
  try {
    for (const path of live?.paths ?? []) {
      const known = archived.get(`${base}/${path}`);
      if (known !== undefined && (known.step === 'replace' || known.step === 'restore')) continue;
      archived.delete(`${base}/${path}`);
      const done = runAllSlices(archiveFile(writer, `${base}/${path}`, path, { isClosed: true }));
      if (done.state !== 'archived') problems.push(`${path} cannot be read`);
      else [files, bytes] = [files + 1, bytes + done.added];
    }
    for (const planned of archived.values())
      [files, bytes] = [files + 1, bytes + addPlanned(writer, planned)];
    writer.sync();
  } finally {
    writer.close();
  }
  return { files, bytes, problems };
}

function planBase(files: readonly PlannedFile[]): string | undefined {
  const main = files.find(({ path }) => path.endsWith('.jsonl')) ?? files[0];
  return main === undefined ? undefined : main.target.slice(0, -main.path.length - 1);
}

/** Adds a file that is not among those of the client's session as it is known. */
function addPlanned(writer: ContainerWriter, { path, source }: PlannedFile): number {
  const pieces = 'file' in source ? archivedBytes(source.file) : readFileInPieces(source.live);
  const id = writer.open(path, undefined, 0);
  let offset = 0;
  for (const piece of pieces)
    for (let from = 0; from < piece.length; from += BLOCK_BYTES) {
      const content = piece.subarray(from, from + BLOCK_BYTES);
      writer.add(id, offset, content);
      offset += content.length;
    }
  return offset;
}
