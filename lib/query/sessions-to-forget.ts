import { sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { findSession, sessionPlace } from './find-session.ts';
import { endOf } from '../store/sessions-table.ts';
import { numberOf, textOf } from './row.ts';

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

const RUNNING_MS = 3_600_000;

/** An id that is given whole may be of a session that only files know. */
const WHOLE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The sessions with these ids, each whole or the beginning of one. `last` is none: nobody forgets by a guess.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE.
 */
export async function sessionsByIds(
  database: Database,
  wanted: readonly string[],
  now: number,
): Promise<readonly ForgettableSession[]> {
  const found: ForgettableSession[] = [];
  for (const word of new Set(wanted)) {
    if (word === 'last')
      throw new WaymarkError('USAGE', 'Cannot forget last: it names another session tomorrow', {
        remedy: 'Give an id; `waymark sessions` lists them.',
      });
    if (WHOLE_ID.test(word) && (await sessionPlace(database, word)) === undefined)
      found.push(unknownSession(word));
    else
      found.push(
        ...(await readSessions(database, [await findSession(database, word, 'any')], now)),
      );
  }
  return found;
}

/** Sessions of a project, or of a folder below it, whose last event was before a time. */
export async function sessionsBefore(
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
  const ids = (await rowsOf(database, chosen)).flatMap((row) => textOf(row, 'id') ?? []);
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
    const [row] = await rowsOf(database, query);
    if (row === undefined) continue;
    const lastEventAt = numberOf(row, 'last_event_at');
    found.push({
      id,
      project: textOf(row, 'project'),
      transcriptPath: textOf(row, 'transcript_path'),
      lastEventAt,
      isRunning: endOf(row) === undefined && now - (lastEventAt ?? 0) < RUNNING_MS,
    });
  }
  return found;
}

function unknownSession(id: string): ForgettableSession {
  return { id, project: null, transcriptPath: null, lastEventAt: null, isRunning: false };
}
