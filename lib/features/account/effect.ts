import { isJsonObject, numberField, stringField } from '../../core/json.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { type EffectTable, storeChanges } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { ACCOUNT_LIMITS } from './table.ts';

/** Stores the subscription windows that the client reported last. */
export const accountEffects: EffectTable = { 'account.limits_seen': storeChanges(limitsOf) };

function limitsOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const folder = stringField(payload, 'config_folder');
  const limits = payload['limits'];
  if (folder === undefined || !Array.isArray(limits)) return [];
  return limits.filter(isJsonObject).flatMap((limit) => {
    const name = stringField(limit, 'name');
    const used = numberField(limit, 'used');
    const resets = numberField(limit, 'resets_at');
    if (name === undefined || used === undefined || resets === undefined) return [];
    const key = { config_folder: folder.slice(0, 4_096), name: name.slice(0, 64) };
    const row = { ...key, at: Date.parse(timestamp), used, resets_at: resets };
    return [{ into: ACCOUNT_LIMITS, row }];
  });
}
