import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../../store/effect.ts';

/** Requests a check of calls that hooks reported; see `createSecurityRefresher`. */
export const securityEffects: EffectTable = {
  'checkpoint.created': storeChanges(requestCheck),
  'task.failed': storeChanges(requestCheck),
};

function requestCheck({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const call = objectField(payload, 'call');
  const session = stringField(payload, 'session_id');
  const isOfUse =
    stringField(call, 'tool') === 'Bash' ||
    stringField(call, 'target')?.includes('[redacted') === true;
  return session === undefined || !isOfUse || stringField(call, 'tool_use_id') === undefined
    ? []
    : [{ refresh: 'security', key: session }];
}
