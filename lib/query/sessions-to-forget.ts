import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import type { Database } from '../store/database.ts';
import { readUnfinishedForget } from '../store/forgotten.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { findSession, readSessionPlace } from './find-session.ts';
import { endOf } from '../store/sessions-table.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** A session that is to be forgotten. */
export interface ForgettableSession {
  readonly id: string;
  readonly project: string | null;
  readonly transcriptPath: string | null;
  /** Milliseconds since the epoch; `null`: the store does not know the session. */
  readonly lastEventAt: number | null;
  /** Not ended, and heard of within the last hour. */
  readonly isRunning: boolean;
}

/** Whether a `waymark forget` was interrupted; the next one completes it. */
export function isForgetUnfinished(database: Database): boolean {
  return readUnfinishedForget(database) !== undefined;
}

const RUNNING_MS = 3_600_000;

/** An id that is given whole may be of a session that only files know. */
const WHOLE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Returns the sessions with these ids, each complete or a prefix. `last` is not accepted: a session
 * must not be forgotten by a guess.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE.
 */
export async function findSessionsByIds(
  database: Database,
  wanted: readonly string[],
  now: number,
): Promise<readonly ForgettableSession[]> {
  const found: ForgettableSession[] = [];
  for (const word of new Set(wanted)) {
    if (word === 'last')
      throw new WaymarkError('USAGE', 'Cannot forget last: it may name another session later', {
        remedy: 'Give an id; `waymark sessions` lists them.',
      });
    if (WHOLE_ID.test(word) && (await readSessionPlace(database, word)) === undefined)
      found.push(unknownSession(word));
    else
      found.push(
        ...(await readSessions(database, [await findSession(database, word, 'any')], now)),
      );
  }
  return found;
}

/** Sessions of a project, or of a folder below it, whose last event was before a time. */
export async function findSessionsBefore(
  database: Database,
  { project, before }: { readonly project: string | undefined; readonly before: number },
  now: number,
): Promise<readonly ForgettableSession[]> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .where('last_event_at', '<', before)
    .orderBy('last_event_at')
    .orderBy('id');
  const chosen =
    project === undefined
      ? query
      : query.where((eb) =>
          eb.or([
            eb('project', '=', project),
            eb('worktree', '=', project),
            eb(sql`substr(project, 1, length(${project}) + 1)`, '=', `${project}/`),
          ]),
        );
  const ids = (await runQuery(database, chosen)).flatMap((row) => readTextColumn(row, 'id') ?? []);
  return readSessions(database, ids, now);
}

async function readSessions(
  database: Database,
  ids: readonly string[],
  now: number,
): Promise<readonly ForgettableSession[]> {
  const found: ForgettableSession[] = [];
  for (const id of ids) {
    const query = queryBuilder()
      .selectFrom('sessions')
      .select(['project', 'transcript_path', 'last_event_at', 'ended_at', 'last_started_at'])
      .where('id', '=', id);
    const [row] = await runQuery(database, query);
    if (row === undefined) continue;
    const lastEventAt = readNumberColumn(row, 'last_event_at');
    found.push({
      id,
      project: readTextColumn(row, 'project'),
      transcriptPath: readTextColumn(row, 'transcript_path'),
      lastEventAt,
      isRunning: endOf(row) === undefined && now - (lastEventAt ?? 0) < RUNNING_MS,
    });
  }
  return found;
}

function unknownSession(id: string): ForgettableSession {
  return { id, project: null, transcriptPath: null, lastEventAt: null, isRunning: false };
}
