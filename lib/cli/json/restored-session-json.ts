import type { RestoredFile, RestoreResult } from '../../actions/restore/restore-session.ts';
import { isWriteStep } from '../../actions/restore/write-restored.ts';

/** What `sessions restore --json` and `sessions unpack --json` print. Field names are a contract. */
export interface RestoredSessionJson {
  readonly session: string;
  /** Where its transcript is now; the first file where it has none, `null` without any. */
  readonly path: string | null;
  /** Of all its files. */
  readonly bytes: number;
  readonly files: number;
  /** Whether a file was written; in a dry run, would be. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  /** The folder in which `claude --resume` finds it. */
  readonly folder: string | null;
  readonly folderExists: boolean;
  readonly list: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly faults: RestoreResult['faults'];
  readonly refused: RestoreResult['refused'];
}

/** A session whose files came back. */
export function formatRestoredSessionAsJson(
  restored: RestoreResult,
  isDryRun: boolean,
): RestoredSessionJson {
  const { session, files, folder, isFolderThere, faults, refused } = restored;
  const main = files.find(({ path }) => path.endsWith(`/${session}.jsonl`)) ?? files[0];
  return {
    ...{ session, path: main?.target ?? null },
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...{ files: files.length, changed: files.some(isWriteStep) },
    ...{ dryRun: isDryRun, folder: folder ?? null, folderExists: isFolderThere },
    ...{ list: files.map(describeFile), faults, refused },
  };
}

function describeFile(file: RestoredFile): Readonly<Record<string, unknown>> {
  return {
    ...{ path: file.path, target: file.target, step: file.step, bytes: file.bytes },
    ...{ lines: file.lines ?? null, liveLines: file.liveLines ?? null },
    ...{ badLines: file.badLines, branch: file.branch, otherBranches: file.otherBranches },
    kept: file.kept ?? null,
  };
}
