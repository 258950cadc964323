import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';

/** Calls that hooks tell of are looked at; see `judgeCalls`. */
export const securityEffects: EffectTable = { 'checkpoint.created': lookAt, 'task.failed': lookAt };

function lookAt(database: Database, events: readonly EventEnvelope[]): void {
  requestRefresh(database, 'security', new Set(events.flatMap(sessionToLookAt)));
}

function sessionToLookAt({ payload }: EventEnvelope): readonly string[] {
  const call = objectField(payload, 'call');
  const session = stringField(payload, 'session_id');
  const isOfUse =
    stringField(call, 'tool') === 'Bash' ||
    stringField(call, 'target')?.includes('[redacted') === true;
  return session === undefined || !isOfUse || stringField(call, 'tool_use_id') === undefined
    ? []
    : [session];
}
