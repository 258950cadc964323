import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { folderField } from '../../claude/transcript/line-fields.ts';
import { parseFootprintPath, projectFolderName } from '../../claude/transcript/session-place.ts';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import { parseJsonObject } from '../../core/json.ts';
import { formatBytes } from '../../core/units.ts';
import { type Container, openContainer } from '../../journal/transcripts/branches.ts';
import {
  archivedBytes,
  type ArchivedFile,
  archivedLines,
  filesIn,
} from '../../journal/transcripts/read-archived.ts';
import type { ActionContext } from '../action-context.ts';
import { planRestore } from './plan-restore.ts';
import {
  writePlannedFiles,
  resolveConfigFolder,
  type RestoreResult,
  resolveTargetFolder,
} from './restore-session.ts';

export interface UnpackRequest {
  readonly file: string;
  readonly cwd: string;
  /** The folder in which the session is to go on; left out: the one of the same name as there. */
  readonly to?: string | undefined;
  readonly isDryRun: boolean;
  /** Whether a session was forgotten here. */
  readonly isForgotten: (session: string) => Promise<boolean>;
}

const SESSION = /^\w[\w-]{0,127}$/;
const MAX_FILES = 20_000;
const MAX_BYTES = 8 * 2 ** 30;

/**
 * Puts the files of a packed session where Claude Code of this machine looks for them. Everything
 * is checked before anything is written.
 * @throws {@link WaymarkError} PACK_INVALID, ARCHIVE_TOO_NEW, NOT_FOUND, RESTORE_FAILED.
 */
export async function unpackSession(
  actionContext: ActionContext,
  request: UnpackRequest,
): Promise<RestoreResult> {
  const file = resolve(request.cwd, request.file);
  const container = openPack(file);
  const files = checkedFiles(container, file);
  const { session } = container;
  if (await request.isForgotten(session))
    throw refused(file, `session ${session} was forgotten on this machine`);
  const to = request.to === undefined ? undefined : resolveTargetFolder(request.cwd, request.to);
  const folder = to ?? folderOf(files, session);
  const base = resolveConfigFolder(actionContext, request.cwd);
  const bucket = to === undefined ? undefined : projectFolderName(to);
  const plan = planRestore({ session, files, bucket, baseFor: () => base });
  return {
    ...plan,
    session,
    files: writePlannedFiles(plan, actionContext.clock(), request.isDryRun),
    folder,
    isFolderThere: folder !== undefined && existsSync(folder),
  };
}

function openPack(file: string): Container {
  let container: Container | undefined;
  try {
    container = openContainer(file);
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    throw refused(file, errnoOf(error) === 'ELOOP' ? 'it is a symbolic link' : reasonOf(error));
  }
  if (container === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot unpack ${file}: there is no such file`, {
      remedy: '`waymark sessions pack ID` writes one.',
    });
  return container;
}

/** Every file of a pack, each of its blocks compared with its hash. */
function checkedFiles(container: Container, file: string): readonly ArchivedFile[] {
  const { session, hasHead, faults, branches } = container;
  if (!hasHead) throw refused(file, 'it is not a packed session');
  if (!SESSION.test(session)) throw refused(file, 'it names no session');
  const [fault] = faults;
  if (fault !== undefined) throw refused(file, `${fault.reason} (byte ${fault.place})`);
  if (branches.length > MAX_FILES) throw refused(file, `it has more than ${MAX_FILES} files`);
  // what blocks hold, though they lie over one another: each is unpacked before anything is written
  const bytes = branches.reduce(
    (sum, { end, blocks }) =>
      sum +
      Math.max(
        end,
        blocks.reduce((length, block) => length + block.length, 0),
      ),
    0,
  );
  if (bytes > MAX_BYTES) throw refused(file, `it would unpack to ${formatBytes(bytes)}`);
  const paths = new Set<string>();
  for (const { path, parent } of branches) {
    if (parseFootprintPath(path, session) === undefined)
      throw refused(file, `${path} is not where Claude Code keeps files of session ${session}`);
    if (parent !== undefined || paths.has(path)) throw refused(file, `it has ${path} twice`);
    paths.add(path);
  }
  if (branches.length === 0) throw refused(file, 'it has no files');
  const files = filesIn(container);
  for (const one of files) checkContent(one, file);
  return files;
}

function checkContent(one: ArchivedFile, file: string): void {
  let bytes = 0;
  const onFault = ({ reason }: { readonly reason: string }): never => {
    throw refused(file, reason);
  };
  for (const piece of archivedBytes(one, { onFault })) bytes += piece.length;
  if (bytes !== one.bytes) throw refused(file, `a part of ${one.path} is missing`);
}

/** Where the session was at work, as its transcript says. */
function folderOf(files: readonly ArchivedFile[], session: string): string | undefined {
  const main = files.find(({ path }) => parseFootprintPath(path, session)?.isTranscript === true);
  if (main === undefined) return undefined;
  for (const line of archivedLines(main)) {
    const cwd = folderField(parseJsonObject(line) ?? {}, 'cwd');
    if (cwd !== undefined) return cwd;
  }
  return undefined;
}

function refused(file: string, reason: string): WaymarkError {
  return new WaymarkError('PACK_INVALID', `Cannot unpack ${file}: ${reason}`);
}
