import { PRIORITY } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

export interface ObservabilityParts extends BuiltinParts {
  /** The figures of this moment. */
  readonly sample: () => JsonObject;
}

/** Answers a check with the figures of that moment. */
export function observabilityHandler({ sample, ...parts }: ObservabilityParts): Subscription {
  return builtin(parts, {
    name: 'observability',
    types: ['system.observability_check'],
    handle: () => ({
      answers: [{ type: 'system.health_sampled', priority: PRIORITY.bulk, payload: sample() }],
    }),
  });
}
