import { statSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';
import { isJsonObject, parseJsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import { contextFigures } from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { isoOf, numberOf, textOf } from './row.ts';

/** One session, as `sessions --json` shows it. Field names are a contract. */
export interface SessionSummary {
  readonly id: string;
  readonly project: string | null;
  readonly worktree: string | null;
  readonly startedAt: string;
  /** `null` while it runs, also again after it was resumed. */
  readonly endedAt: string | null;
  /** As the hooks counted, throttled calls included. */
  readonly operationCount: number;
  readonly failureCount: number;
  readonly checkpointCount: number;
  /** 0 to 100; `null` when the transcript was not read or the model's window is not known. */
  readonly contextPercent: number | null;
  /** What the model was given last; `null` when the transcript was not read. */
  readonly contextTokens: number | null;
  readonly lastEventAt: string;
  readonly promptCount: number;
  readonly model: string | null;
  readonly transcriptState: string;
  readonly checkpointData: unknown;
}

export interface SessionFilter {
  readonly limit: number;
  /** Absolute path: sessions in it, below it, or in that work tree. */
  readonly project?: string;
}

const SELECT = `
  SELECT s.*,
    (SELECT count(*) FROM failures f WHERE f.session_id = s.id) AS failure_count,
    (SELECT count(*) FROM checkpoints c WHERE c.session_id = s.id) AS checkpoint_count
  FROM sessions s`;

const IN_PROJECT =
  "(s.project = ?2 OR s.worktree = ?2 OR substr(s.project, 1, length(?2) + 1) = ?2 || '/')";

/** Sessions, latest first. @param windows The user's setting. */
export function listSessions(
  database: Database,
  folder: StateFolder,
  filter: SessionFilter,
  windows: ModelWindows = [],
): readonly SessionSummary[] {
  const order = 'ORDER BY s.last_event_at DESC, s.id LIMIT ?1';
  const rows =
    filter.project === undefined
      ? database.prepare(`${SELECT} ${order}`).all(filter.limit)
      : database
          .prepare(`${SELECT} WHERE ${IN_PROJECT} ${order}`)
          .all(filter.limit, filter.project);
  return rows.map((row) => summaryOf(database, row, folder, windows));
}

/** One session by its whole id. */
export function readSession(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): SessionSummary | undefined {
  const row = database.prepare(`${SELECT} WHERE s.id = ?`).get(id);
  return row === undefined ? undefined : summaryOf(database, row, folder, windows);
}

function summaryOf(
  database: Database,
  row: Row,
  folder: StateFolder,
  windows: ModelWindows,
): SessionSummary {
  const id = textOf(row, 'id') ?? '';
  const endedAt = numberOf(row, 'ended_at');
  const isOver = endedAt !== null && endedAt >= (numberOf(row, 'last_started_at') ?? 0);
  const context = contextFigures(database, id, windows);
  const data = parseJsonObject(textOf(row, 'checkpoint_data') ?? '');
  return {
    id,
    project: textOf(row, 'project'),
    worktree: textOf(row, 'worktree'),
    startedAt: isoOf(row, 'started_at') ?? isoTime(numberOf(row, 'first_event_at') ?? 0),
    endedAt: isOver ? isoTime(endedAt) : null,
    operationCount: Math.max(numberOf(row, 'operation_count') ?? 0, countedOperations(folder, id)),
    failureCount: numberOf(row, 'failure_count') ?? 0,
    checkpointCount: numberOf(row, 'checkpoint_count') ?? 0,
    contextPercent: context?.percent ?? null,
    contextTokens: context?.tokens ?? null,
    lastEventAt: isoOf(row, 'last_event_at') ?? '',
    promptCount: numberOf(row, 'prompt_count') ?? 0,
    model: context?.model ?? textOf(row, 'model'),
    transcriptState: textOf(row, 'transcript_state') ?? 'unread',
    checkpointData: isJsonObject(data) ? data : null,
  };
}

/** What the hooks counted: one byte for each operation. */
function countedOperations(folder: StateFolder, session: string): number {
  return statSync(`${folder.throttle}/${session}/ops`, { throwIfNoEntry: false })?.size ?? 0;
}
