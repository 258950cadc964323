import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storing } from '../../store/effect.ts';

/** Calls that hooks tell of are looked at; see `judgeCalls`. */
export const securityEffects: EffectTable = {
  'checkpoint.created': storing(asked),
  'task.failed': storing(asked),
};

function asked({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const call = objectField(payload, 'call');
  const session = stringField(payload, 'session_id');
  const isOfUse =
    stringField(call, 'tool') === 'Bash' ||
    stringField(call, 'target')?.includes('[redacted') === true;
  return session === undefined || !isOfUse || stringField(call, 'tool_use_id') === undefined
    ? []
    : [{ refresh: 'security', key: session }];
}
