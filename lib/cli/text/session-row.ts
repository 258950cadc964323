import { basename } from 'node:path';
import { HOUR_MS } from '../../core/clock.ts';
import { oneLine } from '../../core/one-line.ts';
import { headOf } from '../../core/text.ts';
import { formatAgo, formatCount, formatDuration, plural } from '../../core/units.ts';
import type { SessionSummary } from '../../query/sessions.ts';
import { contextText } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { shortIds } from './short-ids.ts';
import type { Column } from './table.ts';

/** A killed client never says that it ends: without an event for this long a session is no longer running. */
const RUNNING_MS = HOUR_MS;

/** What a line keeps of a prompt; --json has it whole. */
const PROMPT_LIMIT = 160;

/** Id, time, project and prompt are what people look for; figures go first. */
export const SESSION_COLUMNS: readonly Column[] = [
  {},
  {},
  { gives: 5 },
  { right: true, gives: 2 },
  { right: true, gives: 1 },
  { right: true, gives: 4 },
  { least: 12 },
  { least: 18 },
];

/** Sessions as the cells of a line each: id, last event, how long, calls, failures, context, project, tags with title or last prompt. */
export function sessionRows(
  sessions: readonly SessionSummary[],
  { paint, now }: { readonly paint: Paint; readonly now: number },
): ReadonlyArray<readonly string[]> {
  const short = shortIds(sessions.map(({ id }) => id));
  const hasRunning = sessions.some((session) => isRunning(session, now));
  return sessions.map((session) => {
    const { id, failureCount, project } = session;
    const about = session.title ?? session.lastPrompt;
    return [
      paint.bold(oneLine(short.get(id) ?? id)),
      `${hasRunning ? (isRunning(session, now) ? paint.green('● ') : '  ') : ''}${formatAgo(Date.parse(session.lastEventAt), now)}`,
      formatDuration(lifeOf(session)),
      session.imported === 'prompts' ? 'prompts only' : plural(session.operationCount, 'call'),
      failureCount === 0 ? '' : paint.red(`${formatCount(failureCount)} ✗`),
      session.contextPercent === null ? '' : contextText(session.contextPercent, paint),
      paint.cyan(projectName(project)),
      [
        ...session.tags.map((tag) => paint.yellow(`#${tag}`)),
        headOf(oneLine(about ?? ''), PROMPT_LIMIT),
      ]
        .join(' ')
        .trim(),
    ];
  });
}

/** Milliseconds from the first to the last event. */
export function lifeOf({ startedAt, lastEventAt, endedAt }: SessionSummary): number {
  return Date.parse(endedAt ?? lastEventAt) - Date.parse(startedAt);
}

/** Whether a session still runs, as far as its events tell. */
export function isRunning({ endedAt, lastEventAt }: SessionSummary, now: number): boolean {
  return endedAt === null && now - Date.parse(lastEventAt) < RUNNING_MS;
}

/** The last part of a project's path. */
export function projectName(project: string | null): string {
  return project === null ? '–' : oneLine(basename(project) || project);
}
