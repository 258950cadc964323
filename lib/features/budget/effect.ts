import { type EffectTable, storeChanges } from '../../store/effect.ts';

/** The gate must let through the calls of sessions that have used up a budget, and no others. */
export const budgetEffects: EffectTable = {
  'account.budget_changed': storeChanges(() => [{ refresh: 'budget', key: '' }]),
  'session.budget_told': storeChanges(() => [{ refresh: 'needles', key: '' }]),
  'session.started': storeChanges(() => [{ refresh: 'budget', key: '' }]),
};
