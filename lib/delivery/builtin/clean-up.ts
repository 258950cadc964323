import { PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

/** What went. */
export interface CleanedUp {
  readonly events: number;
  readonly sessions: number;
  readonly deliveries: number;
  /** Files that their writers left unfinished. */
  readonly files: number;
  /** Every kind of which something went: rows or files, and bytes of their content. */
  readonly kinds: ReadonlyArray<{
    readonly kind: string;
    readonly count: number;
    readonly bytes: number;
  }>;
}

export interface CleanUpParts extends BuiltinParts {
  /** Does the safe part of a clean-up at once: what is too old, what dead writers left. @throws {@link StoreFault} */
  readonly cleanUp: () => Promise<CleanedUp>;
}

/** Cleans up when it is asked for. A context that fills up asks, too, by the same type: that is for its session to do. */
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
