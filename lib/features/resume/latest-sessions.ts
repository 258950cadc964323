import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';

/** One of the latest sessions of a project, as a starting session needs to know it. */
export interface LatestSession {
  readonly session: string;
  readonly ended: boolean;
  readonly lastEventAt: number;
  /** The process that has it, or had it. */
  readonly client: { readonly pid: number; readonly started?: string } | null;
}

/** More than one: the session that asks may be the latest itself. */
const MOST = 3;

const LATEST = `SELECT id, ended_at, last_started_at, last_event_at, client_pid, client_started FROM sessions
  WHERE project = ? ORDER BY last_event_at DESC, id DESC LIMIT ${MOST}`;

/** The latest sessions of a project, latest first. */
export function latestSessions(database: Database, project: string): readonly LatestSession[] {
  return database
    .prepare(LATEST)
    .all(project)
    .map((row) => {
      const endedAt = numberField(row, 'ended_at');
      const pid = numberField(row, 'client_pid');
      const started = stringField(row, 'client_started');
      return {
        session: stringField(row, 'id') ?? '',
        ended: endedAt !== undefined && endedAt >= (numberField(row, 'last_started_at') ?? 0),
        lastEventAt: numberField(row, 'last_event_at') ?? 0,
        client: pid === undefined ? null : { pid, ...(started === undefined ? {} : { started }) },
      };
    });
}
