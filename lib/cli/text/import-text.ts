import type { ImportProgress, ImportResult } from '../../actions/import/import-transcripts.ts';
import type { ImportPlan } from '../../actions/import/plan-import.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';
import { tilde } from './tilde.ts';

/** Files that are named; of more, their number. */
const MOST_NAMED = 3;

/** Characters of the bar: the whole line has room on a terminal of 80 columns. */
const BAR = 10;

/** How far an import is: part, sessions, size, rate, time left. */
export function progressLine(
  { sessions, sessionsDone, bytes, bytesDone }: ImportProgress,
  ms: number,
): string {
  const part = bytes === 0 ? 1 : Math.min(1, bytesDone / bytes);
  const filled = Math.floor(part * BAR);
  const rate = ms < 500 ? 0 : (bytesDone / ms) * 1_000;
  const left = rate === 0 ? '' : `  ${formatDuration(((bytes - bytesDone) / rate) * 1_000)} left`;
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %`,
    `${formatCount(sessionsDone)}/${plural(sessions, 'session')}`,
    `${formatBytes(bytesDone)}/${formatBytes(bytes)}`,
    `${formatBytes(rate)}/s${left}`,
  ].join('  ');
}

/** Less is read before anybody waits. */
const TIMED_BYTES = 10_000_000;

/** What an import did, for people. */
export function importedLines(result: ImportResult): readonly string[] {
  const { sessions, bytes, ms, added, isStopped, upToDate } = result;
  const time =
    bytes < TIMED_BYTES
      ? ''
      : ` in ${formatDuration(ms)} (${formatBytes((bytes / Math.max(ms, 1)) * 1_000)}/s)`;
  const head =
    sessions === 0
      ? `Nothing new in ${foldersText(result.folders)}.`
      : `Imported ${plural(sessions, 'session')}, ${formatBytes(bytes)}${time}.`;
  const counts = [
    plural(added.prompts, 'prompt'),
    plural(added.answers, 'answer'),
    `${plural(added.calls, 'call')} of which ${formatCount(added.failures)} failed`,
    plural(added.agents, 'agent'),
    `usage of ${plural(added.usage, 'answer')}`,
  ];
  const hasNews = Object.values(added).some((count) => count > 0);
  return [
    head,
    ...(hasNews ? [`New: ${counts.join(', ')}.`] : []),
    ...(added.promptsOnly > 0
      ? [`${plural(added.promptsOnly, 'session')} of prompts only: their transcripts are gone.`]
      : []),
    ...(result.daysWithoutTranscripts > 0
      ? [
          `The client's own statistics tell of ${plural(result.daysWithoutTranscripts, 'day')} without transcripts.`,
        ]
      : []),
    ...(upToDate > 0 ? [`${plural(upToDate, 'session')} had nothing new.`] : []),
    ...leftOutLines(result),
    ...retentionLines(result),
    ...(isStopped
      ? ['Stopped. What was read stays; `waymark import` goes on from there.']
      : learningLines(result)),
  ];
}

/** What an import would do, for people. */
export function plannedLines(plan: ImportPlan, now: number): readonly string[] {
  const { sessions, upToDate, folders, histories, statistics } = plan;
  const bytes = sessions.reduce((sum, session) => sum + session.bytes, 0);
  const begins = sessions.map(({ ends }) => ends.beginAt);
  const span =
    begins.length === 0
      ? ''
      : `, from ${formatTime(Math.min(...begins), now)} to ${formatTime(Math.max(...sessions.map(({ ends }) => ends.endAt)), now)}`;
  const files = [...histories, ...statistics.map(({ path }) => path)];
  return [
    sessions.length === 0
      ? `Nothing new in ${foldersText(folders)}.`
      : `Would read ${plural(sessions.length, 'session')}, ${formatBytes(bytes)}${span}.`,
    ...(files.length > 0 ? [`And ${files.map(pathText).join(', ')}.`] : []),
    ...(upToDate > 0 ? [`${plural(upToDate, 'session')} have nothing new.`] : []),
    ...leftOutLines(plan),
  ];
}

function leftOutLines({
  ignored,
  empty,
  ...rest
}: Pick<ImportPlan, 'ignored' | 'empty'> & { readonly partial?: number }): readonly string[] {
  const named = empty.slice(0, MOST_NAMED).map(pathText).join(', ');
  const more =
    empty.length > MOST_NAMED ? ` and ${formatCount(empty.length - MOST_NAMED)} more` : '';
  return [
    ...(ignored > 0
      ? [`${plural(ignored, 'session')} left out: the setting ignoredProjects names their folders.`]
      : []),
    ...((rest.partial ?? 0) > 0
      ? [
          `Of ${plural(rest.partial ?? 0, 'session')} a part could not be read: a line was too long, or a file not ours to read.`,
        ]
      : []),
    ...(empty.length > 0
      ? [`${plural(empty.length, 'file')} without a conversation: ${named}${more}.`]
      : []),
  ];
}

/** Two years, in seconds. */
const LONG = 63_072_000;

function retentionLines({ expiring, retention }: ImportResult): readonly string[] {
  if (expiring === 0) return [];
  const age = formatDuration(retention * 1_000);
  return [
    `${plural(expiring, 'session')} older than ${age}: the next clean-up deletes what is that old. To keep it for two years: \`waymark config set retention ${LONG}\``,
  ];
}

function learningLines({ added, isHeard }: ImportResult): readonly string[] {
  if (added.failures === 0) return [];
  return [
    isHeard
      ? 'The worker learns from what failed: `waymark failures`'
      : 'No worker runs. `waymark dispatch` learns from what failed.',
  ];
}

function foldersText(folders: readonly string[]): string {
  return folders.length === 0 ? 'any folder of the client' : folders.map(pathText).join(', ');
}

function pathText(path: string): string {
  return tilde(oneLine(path));
}
