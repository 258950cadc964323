import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../../store/effect.ts';

/** Refreshes the notices after files were restored, or Claude was told about it. */
export const restoredEffects: EffectTable = {
  'session.files_restored': storeChanges(requestNotices),
  'session.restore_told': storeChanges(requestNotices),
};

function requestNotices({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const worktree = stringField(payload, 'worktree');
  return worktree === undefined
    ? []
    : [
        { refresh: 'restored', key: worktree },
        { refresh: 'needles', key: '' },
      ];
}
