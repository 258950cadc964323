import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type EffectTable } from '../../store/effect.ts';
import { sessionSpans } from './session-spans.ts';

/** The life of sessions, in the tables `sessions` and `session_log`. The greater time wins, so order does not matter. */
export const sessionEffects: EffectTable = {
  '*': touch,
  'session.started': each((database, event) => {
    started(database, event);
    note(database, event, stringField(event.payload, 'reason'));
  }),
  'session.prompt_submitted': each((database, event) => {
    if (event.payload['synthetic'] !== true)
      database
        .prepare('UPDATE sessions SET prompt_count = prompt_count + 1 WHERE id = ?')
        .run(sessionOf(event) ?? '');
    note(database, event, stringField(event.payload, 'prompt'));
  }),
  'session.ended': each((database, event) => {
    ended(database, event);
    note(database, event, stringField(event.payload, 'reason'));
  }),
};

/**
 * Project, worktree and repository are one tuple: that of the latest event which tells all three, else of the latest which names a project
 * (on a tie, the greater texts). An event that leaves them out changes nothing.
 */
const NEWER = `(identity_at IS NULL AND excluded.identity_at IS NOT NULL) OR
  (excluded.identity_whole, excluded.identity_at, excluded.project, coalesce(excluded.worktree, ''), coalesce(excluded.repository, ''))
  > (identity_whole, identity_at, project, coalesce(worktree, ''), coalesce(repository, ''))`;

const NEWER_TRANSCRIPT = `(transcript_at IS NULL AND excluded.transcript_at IS NOT NULL) OR
  (excluded.transcript_at, excluded.transcript_path) > (transcript_at, transcript_path)`;

const MERGE = `
  INSERT INTO sessions (id, first_event_at, last_event_at, project, worktree, repository, identity_whole, identity_at,
    transcript_path, config_folder, transcript_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    first_event_at = min(first_event_at, excluded.first_event_at),
    last_event_at = max(last_event_at, excluded.last_event_at),
    ${['project', 'worktree', 'repository', 'identity_whole', 'identity_at'].map((column) => laterOf(column, NEWER)).join(', ')},
    ${['transcript_path', 'config_folder', 'transcript_at'].map((column) => laterOf(column, NEWER_TRANSCRIPT)).join(', ')}`;

function laterOf(column: string, isNewer: string): string {
  return `${column} = CASE WHEN ${isNewer} THEN excluded.${column} ELSE ${column} END`;
}

/** Every event of a session makes the session known and tells where it is. */
function touch(database: Database, events: readonly EventEnvelope[]): void {
  const merge = database.prepare(MERGE);
  for (const [session, { first, last, places, transcript }] of sessionSpans(events)) {
    for (const place of places)
      merge.run(
        session,
        first,
        last,
        place.project,
        place.worktree,
        place.repository,
        place.isWhole ? 1 : 0,
        place.at,
        transcript?.path ?? null,
        transcript?.configFolder ?? null,
        transcript?.at ?? null,
      );
  }
}

function started(database: Database, event: EventEnvelope): void {
  const at = Date.parse(event.timestamp);
  database
    .prepare(
      'UPDATE sessions SET started_at = min(coalesce(started_at, ?2), ?2), last_started_at = max(coalesce(last_started_at, ?2), ?2) WHERE id = ?1',
    )
    .run(sessionOf(event) ?? '', at);
  const model = text(event, 'model');
  if (model === null) return;
  database
    .prepare(
      'UPDATE sessions SET model = ?2, model_at = ?3 WHERE id = ?1 AND (model_at IS NULL OR (model_at, model) < (?3, ?2))',
    )
    .run(sessionOf(event) ?? '', model, at);
}

function ended(database: Database, event: EventEnvelope): void {
  database
    .prepare(
      `UPDATE sessions SET ended_at = ?2, end_reason = ?3
       WHERE id = ?1 AND (ended_at IS NULL OR (ended_at, coalesce(end_reason, '')) < (?2, coalesce(?3, '')))`,
    )
    .run(sessionOf(event) ?? '', Date.parse(event.timestamp), text(event, 'reason'));
}

function note(database: Database, event: EventEnvelope, detail: string | undefined): void {
  const session = sessionOf(event);
  if (session === undefined) return;
  const kind = event.event_type.slice(event.event_type.indexOf('.') + 1);
  database
    .prepare('INSERT INTO session_log (id, session_id, at, kind, detail) VALUES (?, ?, ?, ?, ?)')
    .run(event.event_id, session, Date.parse(event.timestamp), kind, detail ?? null);
}

function sessionOf(event: EventEnvelope): string | undefined {
  return stringField(event.payload, 'session_id');
}

function text(event: EventEnvelope, field: string): string | null {
  return stringField(event.payload, field) ?? null;
}
