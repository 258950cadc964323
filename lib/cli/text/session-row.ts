import { basename } from 'node:path';
import { oneLine } from '../../core/one-line.ts';
import { headOf } from '../../core/text.ts';
import { formatAgo, formatCount, formatDuration, plural } from '../../core/units.ts';
import type { SessionState } from '../../query/session-states.ts';
import type { SessionSummary } from '../../query/sessions.ts';
import type { Cost } from '../../query/cost.ts';
import { formatDollars } from './cost-text.ts';
import { formatContextPercent } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { shortenIds } from './short-ids.ts';
import { stateCell } from './state-text.ts';
import type { Column } from './table.ts';

/** What a line keeps of a prompt; --json has it whole. */
const PROMPT_LIMIT = 160;

/** Id, time, state, project and prompt are what people look for; figures go first. */
export const SESSION_COLUMNS: readonly Column[] = [
  {},
  {},
  {},
  { gives: 5 },
  { right: true, gives: 2 },
  { right: true, gives: 1 },
  { right: true, gives: 4 },
  { right: true },
  { least: 12 },
  { least: 18 },
];

export interface SessionRowOptions {
  readonly paint: Paint;
  readonly now: number;
  /** What they are doing, by their ids. */
  readonly states: ReadonlyMap<string, SessionState>;
  /** What they cost, by their ids; left out: the column is, too. */
  readonly costs?: ReadonlyMap<string, Cost> | undefined;
}

function costCell(cost: Cost | undefined): string {
  return cost === undefined ? '–' : formatDollars(cost);
}

/**
 * Sessions as the cells of a line each: id, last event, state, how long, calls, failures, context,
 * cost, project, tags with title or last prompt.
 */
export function formatSessionRows(
  sessions: readonly SessionSummary[],
  { paint, now, states, costs }: SessionRowOptions,
): ReadonlyArray<readonly string[]> {
  const short = shortenIds(sessions.map(({ id }) => id));
  return sessions.map((session) => {
    const { id, failureCount, project } = session;
    const about = session.title ?? session.lastPrompt;
    const state = states.get(id);
    return [
      paint.bold(oneLine(short.get(id) ?? id)),
      formatAgo(Date.parse(session.lastEventAt), now),
      state === undefined ? '' : stateCell(state, paint),
      formatDuration(computeSessionDuration(session)),
      session.imported === 'prompts' ? 'prompts only' : plural(session.operationCount, 'call'),
      failureCount === 0 ? '' : paint.red(`${formatCount(failureCount)} ✗`),
      session.contextPercent === null ? '' : formatContextPercent(session.contextPercent, paint),
      costs === undefined ? '' : costCell(costs.get(id)),
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
export function computeSessionDuration({
  startedAt,
  lastEventAt,
  endedAt,
}: SessionSummary): number {
  return Date.parse(endedAt ?? lastEventAt) - Date.parse(startedAt);
}

/** The last part of a project's path. */
export function projectName(project: string | null): string {
  return project === null ? '–' : oneLine(basename(project) || project);
}
