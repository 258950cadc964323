import { statSync } from 'node:fs';
import { DAY_MS } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { type ClientProcess, hasClientEnded } from '../hook/client-process.ts';
import { lastOperationAt, sessionFolder } from '../hook/throttle.ts';
import { hasEndedSql } from '../store/sessions-table.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { clientChildAges, hasLongChildSince } from './client-children.ts';
import { readNumberColumn, readTextColumn } from './row.ts';
import { openStoreView } from './store-view.ts';

/** Which sessions may be at work is asked at most this often. */
const ASK_MS = 1_000;

/** More sessions at once than anybody looks at. */
const MAX_SESSIONS = 40;

export interface SignParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  /** Whether a process has ended; for tests. */
  readonly hasExited?: (client: ClientProcess) => boolean;
  /** For how many milliseconds each child of the client runs; for tests. */
  readonly childAges?: (client: ClientProcess) => readonly number[];
}

interface Watched {
  readonly id: string;
  readonly client: ClientProcess | undefined;
  readonly transcript: string | undefined;
  /** When its client last asked for permission; 0: what it asked last was something else. */
  readonly askedAt: number;
}

const OPEN_SESSIONS = `SELECT id, client_pid, client_started, transcript_path,
  (SELECT CASE WHEN l.detail LIKE 'permission:%' THEN l.at END FROM session_log AS l
    WHERE l.session_id = sessions.id AND l.kind = 'notified' ORDER BY l.at DESC LIMIT 1) AS asked_at
  FROM sessions
  WHERE last_event_at >= ? AND NOT ${hasEndedSql()} ORDER BY last_event_at DESC LIMIT ${MAX_SESSIONS}`;

/**
 * Returns a function whose text differs from the one before when the state of a session may have
 * changed without an event: its process has ended, a call that was throttled has ended, a call that
 * was allowed runs, or its transcript has grown, which shows Escape. The list of sessions is read
 * again when `storeMark` differs, at most once a second.
 */
export function sessionSigns(parts: SignParts) {
  let sessions: readonly Watched[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let askedMark: string | undefined;
  return (storeMark: string): string => {
    const now = parts.clock();
    if (storeMark !== askedMark && Math.abs(now - askedAt) >= ASK_MS) {
      sessions = openSessions(parts.folder, now);
      [askedAt, askedMark] = [now, storeMark];
    }
    return sessions.map((session) => signOf(session, now, parts)).join(' ');
  };
}

function signOf(
  { id, client, transcript, askedAt }: Watched,
  now: number,
  { folder, hasExited = hasClientEnded, childAges = clientChildAges }: SignParts,
): string {
  const hasEnded = client !== undefined && hasExited(client);
  if (hasEnded) return 'gone';
  const calledAt = lastOperationAt(sessionFolder(folder.throttle, id)) ?? 0;
  const mayRun = client !== undefined && askedAt > calledAt;
  const runs = mayRun && hasLongChildSince(childAges(client), askedAt, now);
  return `${runs ? 'runs' : 'here'}:${calledAt}:${sizeOf(transcript)}`;
}

function sizeOf(path: string | undefined): number {
  try {
    return path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  } catch {
    return 0; // it may not be looked at
  }
}

/** None while the store cannot be read: the pages say why. */
function openSessions(folder: StateFolder, now: number): readonly Watched[] {
  if (folder.team !== undefined) return []; // sessions of other machines
  const { database } = openStoreView(folder);
  if (database === undefined) return [];
  try {
    return database
      .prepare(OPEN_SESSIONS)
      .all(now - DAY_MS)
      .map((row) => {
        const pid = readNumberColumn(row, 'client_pid');
        const started = readTextColumn(row, 'client_started');
        return {
          id: readTextColumn(row, 'id') ?? '',
          client: pid === null ? undefined : { pid, ...(started === null ? {} : { started }) },
          transcript: readTextColumn(row, 'transcript_path') ?? undefined,
          askedAt: readNumberColumn(row, 'asked_at') ?? 0,
        };
      });
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return [];
  } finally {
    database.close();
  }
}
