import { shortHash16 } from '../../core/short-hash.ts';
import type { HistoryPrompt } from '../../claude/history.ts';
import type { ClientDay } from '../../claude/stats-cache.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';
import { CLIENT_DAYS } from './table.ts';

/** How an imported session became known: from its transcript, or only from its prompts. */
export const BY_TRANSCRIPT = 'transcript';
export const BY_PROMPTS = 'prompts';

/** A session as its transcripts describe it. Times are milliseconds since the epoch. */
export interface ImportedSession {
  readonly id: string;
  readonly path: string;
  readonly configFolder: string | undefined;
  readonly beginAt: number;
  readonly endAt: number;
  readonly place: ImportedPlace | undefined;
}

/**
 * Where the session worked. Complete only if the folder still exists, so that its repository can be
 * found.
 */
export interface ImportedPlace {
  readonly project: string;
  readonly worktree: string | null;
  readonly repository: string | null;
  readonly isWhole: boolean;
}

/**
 * Returns the session row to write before the transcripts are read. It makes the session known, and
 * marks it so that no other process reads it yet.
 */
export function createBeginWrite({
  id,
  beginAt,
  endAt,
  configFolder,
  place,
}: ImportedSession): Write {
  const row = {
    ...{ id, first_event_at: beginAt, last_event_at: endAt },
    ...{ started_at: beginAt, last_started_at: beginAt, imported: BY_TRANSCRIPT },
    ...(configFolder === undefined
      ? {}
      : { config_folder: configFolder, config_folder_at: beginAt }),
    ...placeOf(place, beginAt),
  };
  return { into: SESSIONS, row };
}

/**
 * Returns the session row to write after everything was read. `isOver`: nothing was written for so
 * long that the client must have ended.
 */
export function createEndWrite(
  { id, path, endAt }: ImportedSession,
  read: {
    readonly state: string;
    readonly now: number;
    readonly calls: number;
    readonly isOver: boolean;
  },
): Write {
  const row = {
    ...{ id, transcript_path: path, transcript_at: endAt, operation_count: read.calls },
    ...{ transcript_state: read.state, transcript_read_at: read.now },
    ...(read.isOver ? { ended_at: endAt, end_reason: null } : {}),
  };
  return { into: SESSIONS, row };
}

function placeOf(place: ImportedPlace | undefined, at: number): Write['row'] {
  if (place === undefined) return {};
  const { project, worktree, repository, isWhole } = place;
  return { identity_whole: isWhole ? 1 : 0, identity_at: at, project, worktree, repository };
}

/**
 * Returns the session id of a prompt: the id that it names, else one id for all prompts of one day
 * in one folder.
 */
export function resolveSessionOfPrompt({ sessionId, project, at }: HistoryPrompt): string {
  const day = new Date(at).toISOString().slice(0, 10);
  return sessionId ?? `history-${day}-${shortHash16(project).slice(0, 8)}`;
}

/** Returns the row of a session of which only the prompts are left. */
export function createPromptSessionWrite(id: string, { at, project }: HistoryPrompt): Write {
  const place = { project, worktree: null, repository: null, isWhole: false };
  const row = {
    ...{ id, first_event_at: at, last_event_at: at, started_at: at, last_started_at: at },
    ...{ ended_at: at, end_reason: null, imported: BY_PROMPTS, ...placeOf(place, at) },
  };
  return { into: SESSIONS, row };
}

/** Returns the rows for one day of the client's statistics. */
export function createDayWrites(configFolder: string, day: ClientDay): readonly Write[] {
  const key = { config_folder: configFolder, day: day.day };
  const { messages, sessions, calls } = day;
  return [
    { into: CLIENT_DAYS, row: { ...key, model: '', messages, sessions, calls } },
    ...[...day.tokens].map(([model, tokens]) => ({
      into: CLIENT_DAYS,
      row: { ...key, model, tokens },
    })),
  ];
}
