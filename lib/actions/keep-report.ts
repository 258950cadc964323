import { reasonOf, WaymarkError } from '../core/errors.ts';
import { replaceFile } from '../core/replace-file.ts';
import { makePrivateFolder, requirePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { sessionsFile, sessionsText } from '../retention/report-files.ts';

/** A report to keep in the state folder. */
export interface ReportToKeep {
  /** Its file below `reports/`. */
  readonly name: string;
  readonly text: string;
  /** Ids of sessions of which something may be in it: when one is forgotten, the report goes. */
  readonly sessions: readonly string[];
}

/**
 * Writes a report into the state folder (0600); one of the same name is replaced. The list of its
 * sessions is written first, so that no report is ever without one.
 * @returns its path.
 * @throws {@link WaymarkError} FILE_UNWRITABLE, HOME_UNUSABLE.
 */
export function keepReport(
  { root, reports }: StateFolder,
  { name, text, sessions }: ReportToKeep,
): string {
  requirePrivateFolder(root);
  const file = `${reports}/${name}`;
  try {
    makePrivateFolder(reports);
    replaceFile(sessionsFile(file), sessionsText(sessions), { mode: 0o600 });
    replaceFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new WaymarkError('FILE_UNWRITABLE', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check free space and permissions of the state folder: `waymark doctor`.',
    });
  }
  return file;
}
