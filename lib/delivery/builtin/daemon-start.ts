import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

export interface DaemonStartParts extends BuiltinParts {
  /** Starts a worker in the background when this one has ended. @returns `false` when this one goes on, so that no other is needed. */
  readonly startWorker: () => boolean;
}

/** Starts a worker. The process that delivers this is one itself, but `dispatch` and `worker --once` exit soon: they start one in the background. */
export function daemonStartHandler({ startWorker, ...parts }: DaemonStartParts): Subscription {
  return builtin(parts, {
    name: 'daemon-start',
    types: ['system.daemon_start_requested'],
    handle: () => ({
      output: startWorker()
        ? 'a worker starts as soon as this one has ended'
        : 'a worker runs already',
    }),
  });
}
