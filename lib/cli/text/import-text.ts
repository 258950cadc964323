import type { ImportProgress, ImportResult } from '../../actions/import/import-transcripts.ts';
import type { ImportPlan } from '../../actions/import/plan-import.ts';
import type { FollowUp, WorkProgress } from '../../query/import-follow-up.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';
import { abbreviateHome } from './tilde.ts';

/** Files that are named; of more, their number. */
const MAX_NAMED = 3;

/** Characters of the bar: the whole line has room on a terminal of 80 columns. */
const BAR = 10;

/** How far an import is: part, sessions, size, rate, time left. */
export function formatImportProgress(progress: ImportProgress, ms: number): string {
  const { sessions, sessionsDone, bytesDone } = progress;
  return barLine(
    progress,
    `${formatCount(sessionsDone)}/${plural(sessions, 'session')}`,
    rateOf(bytesDone, ms),
  );
}

/**
 * The same of work that follows an import. @param before How much of it was done when it was first
 * looked at. @param ms Since then.
 */
export function formatWorkProgress(
  name: string,
  progress: WorkProgress,
  before: WorkProgress,
  ms: number,
): string {
  const { sessions, sessionsDone, bytesDone } = progress;
  const count = `${formatCount(sessionsDone)}/${formatCount(sessions)}`;
  return `${name.padEnd(7)} ${barLine(progress, count, rateOf(bytesDone - before.bytesDone, ms))}`;
}

/** Bytes in a second; 0 while there is too little to tell. */
function rateOf(bytes: number, ms: number): number {
  return ms < 500 ? 0 : (bytes / ms) * 1_000;
}

function barLine({ bytes, bytesDone }: WorkProgress, count: string, rate: number): string {
  const part = bytes === 0 ? 1 : Math.min(1, bytesDone / bytes);
  const filled = Math.floor(part * BAR);
  const left = rate === 0 ? '' : `  ${formatDuration(((bytes - bytesDone) / rate) * 1_000)} left`;
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %`,
    count,
    `${formatBytes(bytesDone)}/${formatBytes(bytes)}`,
    `${formatBytes(rate)}/s${left}`,
  ].join('  ');
}

/** What became of the work that follows an import. */
export function formatFollowUp(
  { archive, index, isDone }: FollowUp,
  end: 'done' | 'stopped' | 'stuck' | 'not awaited',
): readonly string[] {
  if (isDone)
    return [
      ...(archive === null ? [] : [`Archived ${plural(archive.sessions, 'session')}.`]),
      `\`waymark search\` finds ${plural(index.sessions, 'session')}.`,
    ];
  const parts = [
    ...(archive === null ? [] : [`archived ${countOf(archive)}`]),
    `indexed for \`waymark search\` ${countOf(index)}`,
  ].join(', ');
  return [
    `So far ${parts}.`,
    end === 'stuck'
      ? 'No progress for some minutes: `waymark status` shows the worker, `waymark doctor` what is wrong.'
      : 'The worker continues in the background; `waymark import --wait` waits for it.',
  ];
}

function countOf({ sessions, sessionsDone }: WorkProgress): string {
  return `${formatCount(sessionsDone)} of ${plural(sessions, 'session')}`;
}

/** A smaller import takes no noticeable time. */
const TIMED_BYTES = 10_000_000;

/** What an import did, for people. */
export function formatImportResult(result: ImportResult): readonly string[] {
  const { sessions, bytes, ms, added, isStopped, upToDate } = result;
  const time =
    bytes < TIMED_BYTES
      ? ''
      : ` in ${formatDuration(ms)} (${formatBytes((bytes / Math.max(ms, 1)) * 1_000)}/s)`;
  const head =
    sessions === 0
      ? nothingNew(result.folders)
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
      ? [`${plural(added.promptsOnly, 'session')} of prompts only: their transcripts are missing.`]
      : []),
    ...(result.daysWithoutTranscripts > 0
      ? [
          `The client's own statistics have ${plural(result.daysWithoutTranscripts, 'day')} without transcripts.`,
        ]
      : []),
    ...(upToDate > 0 ? [`${plural(upToDate, 'session')} had nothing new.`] : []),
    ...leftOutLines(result),
    ...retentionLines(result),
    ...(isStopped
      ? ['Stopped. What was read stays; `waymark import` continues from there.']
      : learningLines(result)),
  ];
}

/** What an import would do, for people. */
export function formatImportPlan(plan: ImportPlan, now: number): readonly string[] {
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
      ? nothingNew(folders)
      : `Would read ${plural(sessions.length, 'session')}, ${formatBytes(bytes)}${span}.`,
    ...(files.length > 0 ? [`And ${files.map(pathText).join(', ')}.`] : []),
    ...(upToDate > 0
      ? [`${plural(upToDate, 'session')} ${upToDate === 1 ? 'has' : 'have'} nothing new.`]
      : []),
    ...leftOutLines(plan),
  ];
}

function leftOutLines({
  ignored,
  empty,
  ...rest
}: Pick<ImportPlan, 'ignored' | 'empty'> & { readonly partial?: number }): readonly string[] {
  const named = empty.slice(0, MAX_NAMED).map(pathText).join(', ');
  const more = empty.length > MAX_NAMED ? ` and ${formatCount(empty.length - MAX_NAMED)} more` : '';
  return [
    ...(ignored > 0
      ? [`${plural(ignored, 'session')} skipped: the setting ignoredProjects lists their folders.`]
      : []),
    ...((rest.partial ?? 0) > 0
      ? [
          `Of ${plural(rest.partial ?? 0, 'session')} a part could not be read: a line was too long, or a file not readable.`,
        ]
      : []),
    ...(empty.length > 0
      ? [`${plural(empty.length, 'file')} without a conversation: ${named}${more}.`]
      : []),
  ];
}

/** Ten years, in seconds. */
const LONG = 315_360_000;

function retentionLines({ expiring, keptFor }: ImportResult): readonly string[] {
  if (expiring === 0) return [];
  const age = formatDuration(keptFor * 1_000);
  return [
    `${plural(expiring, 'session')} older than ${age}: the next clean-up deletes what is that old. To keep it for ten years: \`waymark config set transcriptsKeep ${LONG}\``,
  ];
}

function learningLines({ added, hasWorker }: ImportResult): readonly string[] {
  if (added.failures === 0) return [];
  return [
    hasWorker
      ? 'The worker learns from what failed: `waymark failures`'
      : 'No worker is running. `waymark dispatch` learns from what failed.',
  ];
}

function nothingNew(folders: readonly string[]): string {
  return folders.length === 0
    ? 'Claude Code has no transcripts here. Elsewhere: `waymark import --from FOLDER`'
    : `Nothing new in ${folders.map(pathText).join(', ')}.`;
}

function pathText(path: string): string {
  return abbreviateHome(oneLine(path));
}
