import type { Urgency } from '../events/envelope.ts';

/** Queue priority of an emitted event, by its urgency for people. */
export const QUEUE_PRIORITIES = {
  critical: 0,
  high: 2,
  medium: 5,
  low: 8,
} as const satisfies Record<Urgency, number>;

/** Returns the queue priority of an urgency, 0 (first) to 9. Without an urgency: the middle. */
export function queuePriorityOf(urgency: Urgency | undefined): number {
  return QUEUE_PRIORITIES[urgency ?? 'medium'];
}
