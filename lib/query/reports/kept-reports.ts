import { lstatSync } from 'node:fs';
import { isoTime } from '../../core/clock.ts';
import { WaymarkError } from '../../core/errors.ts';
import { namesIn } from '../../core/files.ts';
import { oneLine } from '../../core/one-line.ts';
import { readPlainFile } from '../../core/read-plain-file.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { headOf } from '../../core/text.ts';
import { REPORT_NAMES, type ReportName } from './report-names.ts';

/** A report that was kept in the state folder. Field names are a contract. */
export interface KeptReport {
  readonly report: ReportName;
  /** The last day that it covers, by the local clock of then: `2026-11-22`. */
  readonly day: string;
  readonly format: string;
  readonly file: string;
  readonly bytes: number;
  readonly writtenAt: string;
}

const NAME = /^([a-z]+)-(\d{4}-\d{2}-\d{2})\.(html|md|json)$/;

/** The file of a report that is kept, below `reports/`. */
export function keptName(report: ReportName, day: string, format: string): string {
  return `${report}-${day}.${format}`;
}

/** Reports in the state folder, the latest first. Other files and links are left out. */
export function listKeptReports({ reports }: StateFolder): readonly KeptReport[] {
  return namesIn(reports)
    .flatMap((name): readonly KeptReport[] => {
      const [, first, day = '', format = ''] = NAME.exec(name) ?? [];
      const report = REPORT_NAMES.find((one) => one === first);
      const file = `${reports}/${name}`;
      const stats = lstatSync(file, { throwIfNoEntry: false });
      if (report === undefined || stats?.isFile() !== true) return [];
      const writtenAt = isoTime(stats.mtimeMs);
      return [{ report, day, format, file, bytes: stats.size, writtenAt }];
    })
    .toSorted(
      (one, other) =>
        compare(other.day, one.day) ||
        REPORT_NAMES.indexOf(one.report) - REPORT_NAMES.indexOf(other.report) ||
        compare(one.format, other.format),
    );
}

/** Reports of a busy year have some 200 kB. */
const MAX_BYTES = 16_000_000;

const NONE = 'no kept report has this name';

/**
 * A kept report by the name of its file, with its text. The name is looked up in the list: it never
 * becomes a path.
 * @throws {@link WaymarkError} NOT_FOUND when there is none, or it cannot be read.
 */
export function readKeptReport(
  folder: StateFolder,
  name: string,
): { readonly kept: KeptReport; readonly text: string } {
  const kept = listKeptReports(folder).find(({ file }) => file === `${folder.reports}/${name}`);
  const found = kept && readPlainFile(kept.file, { maxBytes: MAX_BYTES });
  if (kept !== undefined && found !== undefined && 'text' in found)
    return { kept, text: found.text };
  const reason = found !== undefined && 'problem' in found ? found.problem : NONE;
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot open report ${headOf(oneLine(name), 80)}: ${reason}`,
    {
      remedy: '`waymark report` lists those that are kept.',
    },
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
