import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

export interface LearningParts extends BuiltinParts {
  /** Sums up what is known. @returns how much changed, and what is to be said of it. @throws {@link StoreFault} */
  readonly learn: () => { readonly changes: JsonObject; readonly drafts: readonly EventDraft[] };
}

/** Sums up what was learned when a cycle is asked for, and says that it was done, also if nothing changed. */
export function learningHandler({ learn, ...parts }: LearningParts): Subscription {
  return builtin(parts, {
    name: 'learning',
    types: ['learning.cycle_requested'],
    handle({ event_id }) {
      const { changes, drafts } = learn();
      const found = drafts
        .filter(({ type }) => type !== 'learning.model_updated')
        .map((draft, index) => ({ ...draft, key: `${event_id} ${index}` }));
      const output = JSON.stringify(changes);
      return {
        answers: [
          ...found,
          { type: 'learning.model_updated', priority: PRIORITY.bulk, payload: { ...changes } },
        ],
        output,
      };
    },
  });
}
