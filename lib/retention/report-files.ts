import {
  selectByAgeAndExcess,
  type FileKind,
  listFilesBelow,
  type KeptItem,
} from '../core/file-keeper.ts';
import { readTextOrEmpty } from '../core/files.ts';
import { shortHash16 } from '../core/short-hash.ts';

const FOLDER = 'reports';
const ENDING = '.sessions';

/** The file with the hashes of the sessions of which something may be in a report, beside it. */
export function sessionsFile(report: string): string {
  return `${report}${ENDING}`;
}

/** What is in that file. */
export function sessionsText(sessions: readonly string[]): string {
  return sessions.map((id) => `${shortHash16(id)}\n`).join('');
}

/**
 * Reports that were kept. They are small and stay as long as sessions do; one goes when a session
 * is forgotten that may be in it.
 */
export const reportFiles: FileKind = {
  name: FOLDER,
  owns: /^reports\//,
  folder: FOLDER,
  items: (root) => withSessions(listFilesBelow(root, FOLDER)),
  selectDeletable: (items, budget) =>
    selectByAgeAndExcess(items, { ...budget, before: budget.historyBefore }),
  isOfSessions: (path, sessions, root) => {
    const known = new Set(readTextOrEmpty(`${root}/${sessionsFile(path)}`).split('\n'));
    return [...sessions].some((id) => known.has(shortHash16(id)));
  },
};

/** Each report with the list of its sessions; a list whose report was never written is alone. */
function withSessions(files: readonly KeptItem[]): readonly KeptItem[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return files.flatMap((file): readonly KeptItem[] => {
    const report = file.path.endsWith(ENDING) ? file.path.slice(0, -ENDING.length) : undefined;
    if (report !== undefined && byPath.has(report)) return [];
    const list = byPath.get(sessionsFile(file.path));
    if (list === undefined) return [file];
    return [{ ...file, bytes: file.bytes + list.bytes, companions: [list.path] }];
  });
}
