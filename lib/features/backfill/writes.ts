import { shortHash16 } from '../../core/short-hash.ts';
import type { HistoryPrompt } from '../../claude/history.ts';
import type { ClientDay } from '../../claude/stats-cache.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';
import { CLIENT_DAYS } from './table.ts';

/** How a session that is imported became known: by its transcript, or by nothing but its prompts. */
export const BY_TRANSCRIPT = 'transcript';
export const BY_PROMPTS = 'prompts';

/** A session as its transcripts tell it. Times are milliseconds since the epoch. */
export interface ImportedSession {
  readonly id: string;
  readonly path: string;
  readonly configFolder: string | undefined;
  readonly beginAt: number;
  readonly endAt: number;
  readonly place: ImportedPlace | undefined;
}

/** Where it worked. Whole when the folder is still there to say which repository it belongs to. */
export interface ImportedPlace {
  readonly project: string;
  readonly worktree: string | null;
  readonly repository: string | null;
  readonly isWhole: boolean;
}

/** The row of a session before its transcripts are read: it is known then, and nobody else reads it yet. */
export function beginWrite({ id, beginAt, endAt, configFolder, place }: ImportedSession): Write {
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

/** The row when all is read. `isOver`: nothing was written for so long that the client has gone. */
export function endWrite(
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

/** The session of a prompt: the one that it names, else all prompts of one day in one folder. */
export function sessionOfPrompt({ sessionId, project, at }: HistoryPrompt): string {
  const day = new Date(at).toISOString().slice(0, 10);
  return sessionId ?? `history-${day}-${shortHash16(project).slice(0, 8)}`;
}

/** The row of a session of which the prompts alone are left. */
export function promptSessionWrite(id: string, { at, project }: HistoryPrompt): Write {
  const place = { project, worktree: null, repository: null, isWhole: false };
  const row = {
    ...{ id, first_event_at: at, last_event_at: at, started_at: at, last_started_at: at },
    ...{ ended_at: at, end_reason: null, imported: BY_PROMPTS, ...placeOf(place, at) },
  };
  return { into: SESSIONS, row };
}

/** The rows of a day in the client's statistics. */
export function dayWrites(configFolder: string, day: ClientDay): readonly Write[] {
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
