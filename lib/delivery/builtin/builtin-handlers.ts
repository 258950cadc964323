import type { Subscription, SubscriptionSource } from '../subscription.ts';
import { cleanUpHandler, type CleanUpParts } from './clean-up.ts';
import { daemonStartHandler, type DaemonStartParts } from './daemon-start.ts';
import { heartbeatHandler, type HeartbeatParts } from './heartbeat.ts';
import { learningHandler, type LearningParts } from './learning.ts';
import { observabilityHandler, type ObservabilityParts } from './observability.ts';
import { securityAlertHandler } from './security-alert.ts';
import { taskFailureHandler, type TaskFailureParts } from './task-failure.ts';
import { workerCompleteHandler, type WorkerCompleteParts } from './worker-complete.ts';

export type BuiltinHandlerParts = HeartbeatParts &
  CleanUpParts &
  TaskFailureParts &
  LearningParts &
  WorkerCompleteParts &
  DaemonStartParts &
  ObservabilityParts;

/** Every handler of ours. What an effect or a derivation does already is not done here again: checkpoints and routing need no handler. */
export function builtinHandlers(parts: BuiltinHandlerParts): SubscriptionSource {
  const all = [
    heartbeatHandler(parts),
    cleanUpHandler(parts),
    taskFailureHandler(parts),
    securityAlertHandler(parts),
    learningHandler(parts),
    workerCompleteHandler(parts),
    daemonStartHandler(parts),
    observabilityHandler(parts),
  ];
  return () => all;
}

/** A handler of ours as people see it. */
export type BuiltinFace = Pick<
  Subscription,
  'name' | 'types' | 'timeoutMs' | 'concurrency' | 'maxAttempts'
>;

/** Every handler of ours, for those who only want to know what there is. */
export function builtinFaces(): readonly BuiltinFace[] {
  return builtinHandlers({
    clock: () => 0,
    emit: () => undefined,
    silent: () => [],
    cleanUp: () => ({ events: 0, sessions: 0, deliveries: 0, files: 0 }),
    failureTimes: () => [],
    learn: () => ({ changes: {}, drafts: [] }),
    agentRun: () => undefined,
    startWorker: () => false,
    sample: () => ({}),
  })();
}
