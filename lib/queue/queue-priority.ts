import type { Urgency } from '../events/envelope.ts';

/** The priority in the queue of an emitted event, by how urgent it is for people. */
export const QUEUE_PRIORITIES = {
  critical: 0,
  high: 2,
  medium: 5,
  low: 8,
} as const satisfies Record<Urgency, number>;

/** The queue priority of an urgency, 0 (first) to 9; without one, the middle. */
export function queuePriorityOf(urgency: Urgency | undefined): number {
  return QUEUE_PRIORITIES[urgency ?? 'medium'];
}
