import { statSync } from 'node:fs';
import { WaymarkError } from '../core/errors.ts';
import { numberField } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { archivedSessions } from '../journal/transcripts/branches.ts';
import { archivedFiles } from '../journal/transcripts/read-archived.ts';
import type { Database } from '../store/database.ts';
import { endOf } from '../store/sessions-table.ts';
import { isForgotten } from '../store/forgotten.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { findSession, type Scope } from './find-session.ts';
import { readTextColumn } from './row.ts';
import { queryStore } from './store-view.ts';

/** A session that the store or the archive knows. */
export interface FoundSession {
  readonly id: string;
  readonly project: string | undefined;
  readonly transcriptPath: string | undefined;
  /** The client that was seen at work on it and did not end it. */
  readonly clientPid: number | undefined;
}

const MAX_NAMED = 5;

/**
 * Finds a session in the store, or else in the archive, which keeps sessions longer.
 * @param wanted An id, the unique beginning of one, or `last`.
 * @throws {@link WaymarkError} NOT_FOUND, or USAGE when several ids begin so.
 */
export async function findArchivedSession(
  folder: StateFolder,
  wanted: string,
  scope: Scope,
): Promise<FoundSession> {
  try {
    const found = await queryStore(folder, undefined, async (database) =>
      readFound(database, await findSession(database, wanted, scope)),
    );
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof WaymarkError) || error.code !== 'NOT_FOUND' || wanted === 'last')
      throw error;
  }
  const ids = archivedSessions(folder.archive).filter((id) => id.startsWith(wanted));
  const exact = ids.includes(wanted) ? wanted : undefined;
  if (exact === undefined && ids.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose a session for ${wanted}: ${ids.slice(0, MAX_NAMED).join(', ')} begin with it`,
      { remedy: 'Give more of the id.' },
    );
  const id = exact ?? ids[0];
  if (id === undefined || wanted === '')
    throw new WaymarkError('NOT_FOUND', `Cannot find the session: no id begins with ${wanted}`, {
      remedy: '`waymark sessions` lists them.',
    });
  return { id, project: undefined, transcriptPath: undefined, clientPid: undefined };
}

/** Whether a session was forgotten here: nothing brings it back. */
export function isForgottenSession(folder: StateFolder, session: string): Promise<boolean> {
  return queryStore(folder, false, (database) => Promise.resolve(isForgotten(database, session)));
}

async function readFound(database: Database, id: string): Promise<FoundSession> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['project', 'transcript_path', 'client_pid', 'ended_at', 'last_started_at'])
    .where('id', '=', id);
  const [row = {}] = await runQuery(database, query);
  return {
    id,
    project: readTextColumn(row, 'project') ?? undefined,
    transcriptPath: readTextColumn(row, 'transcript_path') ?? undefined,
    clientPid: endOf(row) === undefined ? numberField(row, 'client_pid') : undefined,
  };
}

/** Config folders of the client in which sessions were seen. */
export function listSeenConfigFolders(database: Database): readonly string[] {
  return database
    .prepare('SELECT DISTINCT config_folder FROM sessions WHERE config_folder IS NOT NULL')
    .all()
    .map((row) => String(row['config_folder']));
}

/** What the client lacks of a transcript that the archive has. */
export interface TranscriptLoss {
  readonly kind: 'missing' | 'shorter';
  readonly archivedBytes: number;
  readonly liveBytes: number;
}

/**
 * Compares sizes alone; `undefined`: nothing is lost, or the archive does not have it. Never
 * throws.
 */
export function findTranscriptLoss(
  folder: StateFolder,
  session: string,
  transcriptPath: string | undefined,
): TranscriptLoss | undefined {
  try {
    const transcripts = archivedFiles(folder.archive, session).filter(({ path }) =>
      /^(?:projects\/[^/]+\/)?[^/]+\.jsonl$/.test(path),
    );
    const archivedBytes = transcripts.reduce((most, { bytes }) => Math.max(most, bytes), 0);
    const places = transcripts.map(({ base, path }) => `${base}/${path}`);
    const size = [
      ...new Set([...(transcriptPath === undefined ? [] : [transcriptPath]), ...places]),
    ]
      .map((place) => statSync(place, { throwIfNoEntry: false })?.size)
      .reduce((most, one) => (one === undefined ? most : Math.max(most ?? 0, one)), undefined);
    if (archivedBytes === 0 || (size ?? 0) >= archivedBytes) return undefined;
    const kind = size === undefined ? 'missing' : 'shorter';
    return { kind, archivedBytes, liveBytes: size ?? 0 };
  } catch {
    return undefined; // of a later version, or not ours to read: `restore` says why
  }
}
