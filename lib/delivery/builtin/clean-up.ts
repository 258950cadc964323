import { PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

/** What was deleted. */
export interface CleanedUp {
  readonly events: number;
  readonly sessions: number;
  readonly deliveries: number;
  /** Unfinished files of crashed writers. */
  readonly files: number;
  /**
   * The kinds of which something was deleted: number of rows or files, and bytes of their content.
   */
  readonly kinds: ReadonlyArray<{
    readonly kind: string;
    readonly count: number;
    readonly bytes: number;
  }>;
}

export interface CleanUpParts extends BuiltinParts {
  /**
   * Runs the safe part of a clean-up at once: what is too old, and what crashed writers left.
   * @throws {@link StoreFault}
   */
  readonly cleanUp: () => Promise<CleanedUp>;
}

/**
 * Cleans up on request. Requests of the same type about a full context are for the session itself.
 */
export function cleanUpHandler({ cleanUp, ...parts }: CleanUpParts): Subscription {
  return builtin(parts, {
    name: 'clean-up',
    types: ['system.cleanup_needed'],
    accepts: ({ payload }) => stringField(payload, 'session_id') === undefined,
    async handle() {
      const done = await cleanUp();
      const removed = done.events + done.sessions + done.deliveries + done.files;
      const message = `${done.events} events, ${done.sessions} sessions, ${done.deliveries} deliveries and ${done.files} unfinished files removed`;
      return {
        answers: [
          {
            type: 'system.cleanup_completed',
            priority: PRIORITY.bulk,
            payload: { removed, ...done, kinds: done.kinds.map((one) => ({ ...one })), message },
          },
        ],
        output: message,
      };
    },
  });
}
