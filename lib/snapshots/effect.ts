import { isoTime } from '../core/clock.ts';
import { numberField, objectField, stringField } from '../core/json.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../store/effect.ts';
import type { Write } from '../store/sink.ts';
import type { Snapshot, SnapshotCause } from './snapshot.ts';
import { SNAPSHOT_ROWS } from './table.ts';

/**
 * Events after which the files of a session's work tree are kept, and what such a snapshot is for.
 */
export const OCCASIONS: Readonly<Record<string, SnapshotCause>> = {
  'session.prompt_submitted': 'prompt',
  'checkpoint.created': 'checkpoint',
  'security.risky_command': 'risky-command',
};

/** A row per snapshot. Its occasions ask for the next; the key of the request is the session. */
export const snapshotEffects: EffectTable = {
  'snapshot.taken': storeChanges(recorded),
  ...Object.fromEntries(
    Object.keys(OCCASIONS).map((type) => [type, storeChanges(requestSnapshot)]),
  ),
};

/**
 * The event of a snapshot. Its id follows from the snapshot's, so it is stored once however often
 * it is made.
 */
export function createSnapshotEvent(snapshot: Snapshot, source: string): EventEnvelope {
  const { id, at, workTree, commit, counts, files, bytes, leftOut, special, cause } = snapshot;
  const optional = {
    session_id: snapshot.session,
    prompt_id: snapshot.prompt,
    tool_use_id: snapshot.toolUseId,
    event: snapshot.event,
    previous: snapshot.previous,
    under_way: snapshot.underWay,
    note: snapshot.note,
  };
  const correlationId = snapshot.prompt ?? snapshot.session;
  return {
    event_id: `snapshot:${id}`,
    event_type: 'snapshot.taken',
    timestamp: isoTime(at),
    source,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    payload: {
      ...{ snapshot: id, worktree: workTree, commit, cause, counts, files, bytes },
      ...{ left_out: leftOut, special },
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    },
  };
}

function requestSnapshot({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  return session === undefined ? [] : [{ refresh: 'snapshot', key: session }];
}

function recorded({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const id = stringField(payload, 'snapshot');
  const workTree = stringField(payload, 'worktree');
  if (id === undefined || workTree === undefined) return [];
  const counts = objectField(payload, 'counts');
  const text = (name: string): string | null => stringField(payload, name) ?? null;
  const row = {
    id,
    session_id: text('session_id'),
    prompt_id: text('prompt_id'),
    tool_use_id: text('tool_use_id'),
    event_id: text('event'),
    cause: text('cause') ?? 'manual',
    at: Date.parse(timestamp),
    work_tree: workTree,
    commit_id: text('commit') ?? '',
    previous: text('previous'),
    added: numberField(counts, 'added') ?? 0,
    changed: numberField(counts, 'changed') ?? 0,
    removed: numberField(counts, 'removed') ?? 0,
    files: numberField(payload, 'files') ?? 0,
    bytes: numberField(payload, 'bytes') ?? 0,
    left_out: numberField(payload, 'left_out') ?? 0,
    special: numberField(payload, 'special') ?? 0,
    under_way: text('under_way'),
    note: text('note'),
  };
  return [{ into: SNAPSHOT_ROWS, row }];
}
