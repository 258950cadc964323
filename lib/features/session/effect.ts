import { basename, dirname } from 'node:path';
import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { type EffectTable, storeChanges } from '../../store/effect.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';
import { PROMPTS, SESSION_LOG } from './table.ts';

/** Stores sessions and their starts, prompts and ends. */
export const sessionEffects: EffectTable = {
  '*': storeChanges(seen),
  'session.started': storeChanges((event) => [...started(event), ...logged(event, 'reason')]),
  'session.prompt_submitted': storeChanges((event) => [
    ...isOpen(event),
    ...typed(event),
    ...logged(event, 'prompt'),
  ]),
  'session.notified': storeChanges(notified),
  'session.budget_told': storeChanges((event) =>
    event.payload['verdict'] === 'blocked' ? logged(event, 'verdict') : [],
  ),
  'session.ended': storeChanges((event) => [...ended(event), ...logged(event, 'reason')]),
};

/** Creates or updates the session row from any event of the session. */
function seen(event: EventEnvelope): readonly Write[] {
  const at = timeOf(event);
  return ofSession(event, {
    first_event_at: at,
    last_event_at: at,
    ...placeOf(event, at),
    ...recordOf(event, at),
  });
}

/**
 * Returns the folders in an event. A missing field changes nothing; `null` means that there is
 * none.
 */
function placeOf({ payload }: EventEnvelope, at: number): Write['row'] {
  const project = stringField(payload, 'project');
  if (project === undefined) return {};
  return {
    identity_whole:
      payload['worktree'] !== undefined && payload['repository'] !== undefined ? 1 : 0,
    identity_at: at,
    project,
    worktree: stringField(payload, 'worktree') ?? null,
    repository: stringField(payload, 'repository') ?? null,
  };
}

/** Returns the transcript path and the client's config folder. */
function recordOf({ payload }: EventEnvelope, at: number): Write['row'] {
  const path = stringField(payload, 'transcript_path');
  const folder = stringField(payload, 'config_folder') ?? configFolderOf(path ?? '');
  return {
    ...(path === undefined ? {} : { transcript_at: at, transcript_path: path }),
    ...(folder === undefined ? {} : { config_folder_at: at, config_folder: folder }),
  };
}

/**
 * Returns the folder that contains `projects/<project>/<session>.jsonl`; `undefined` if the path
 * has another form.
 */
function configFolderOf(transcript: string): string | undefined {
  const projects = dirname(dirname(transcript));
  return basename(projects) === 'projects' ? dirname(projects) : undefined;
}

function started(event: EventEnvelope): readonly Write[] {
  const at = timeOf(event);
  const model = stringField(event.payload, 'model');
  const told = model === undefined ? {} : { model, model_at: at };
  return ofSession(event, { started_at: at, last_started_at: at, ...told });
}

/**
 * A session with a prompt runs, although it may have ended: it was resumed in a second terminal,
 * and the first one was closed.
 */
function isOpen(event: EventEnvelope): readonly Write[] {
  return ofSession(event, { last_started_at: timeOf(event) });
}

function ended(event: EventEnvelope): readonly Write[] {
  const reason = stringField(event.payload, 'reason') ?? null;
  return ofSession(event, { ended_at: timeOf(event), end_reason: reason });
}

function typed(event: EventEnvelope): readonly Write[] {
  const session = stringField(event.payload, 'session_id');
  if (session === undefined || event.payload['synthetic'] === true) return [];
  return [{ into: PROMPTS, row: { session_id: session, id: event.event_id } }];
}

/** The detail says what Claude Code waits for, then what the user was told. */
function notified(event: EventEnvelope): readonly Write[] {
  const awaited = stringField(event.payload, 'waits_for') ?? 'nothing';
  return logRow(event, `${awaited}: ${stringField(event.payload, 'message') ?? ''}`);
}

function logged(event: EventEnvelope, detail: string): readonly Write[] {
  return logRow(event, stringField(event.payload, detail) ?? null);
}

function logRow(event: EventEnvelope, detail: string | null): readonly Write[] {
  const session = stringField(event.payload, 'session_id');
  if (session === undefined) return [];
  const row = {
    id: event.event_id,
    session_id: session,
    at: timeOf(event),
    kind: event.event_type.slice(event.event_type.indexOf('.') + 1),
    detail,
  };
  return [{ into: SESSION_LOG, row }];
}

function ofSession({ payload }: EventEnvelope, told: Write['row']): readonly Write[] {
  const id = stringField(payload, 'session_id');
  return id === undefined ? [] : [{ into: SESSIONS, row: { id, ...told } }];
}

function timeOf(event: EventEnvelope): number {
  return Date.parse(event.timestamp);
}
