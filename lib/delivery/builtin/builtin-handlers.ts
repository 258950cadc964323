import type { Subscription, SubscriptionSource } from '../subscription.ts';
import { cleanUpHandler, type CleanUpParts } from './clean-up.ts';
import { heartbeatHandler, type HeartbeatParts } from './heartbeat.ts';
import { securityAlertHandler } from './security-alert.ts';
import { taskFailureHandler, type TaskFailureParts } from './task-failure.ts';
import { workerCompleteHandler, type WorkerCompleteParts } from './worker-complete.ts';
import { builtin, type BuiltinParts } from './builtin.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';

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
    cleanUp: () => Promise.reject(new Error('only asked for its name')),
    failureTimes: () => [],
    learn: () => ({ changes: {}, drafts: [] }),
    agentRun: () => undefined,
    startWorker: () => false,
    sample: () => ({}),
  })();
}

interface DaemonStartParts extends BuiltinParts {
  /** Starts a worker in the background when this one has ended. @returns `false` when this one goes on, so that no other is needed. */
  readonly startWorker: () => boolean;
}

/** Starts a worker. The process that delivers this is one itself, but `dispatch` and `worker --once` exit soon: they start one in the background. */
function daemonStartHandler({ startWorker, ...parts }: DaemonStartParts): Subscription {
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

interface LearningParts extends BuiltinParts {
  /** Sums up what is known. @returns how much changed, and what is to be said of it. @throws {@link StoreFault} */
  readonly learn: () => { readonly changes: JsonObject; readonly drafts: readonly EventDraft[] };
}

/** Sums up what was learned when a cycle is asked for, and says that it was done, also if nothing changed. */
function learningHandler({ learn, ...parts }: LearningParts): Subscription {
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

interface ObservabilityParts extends BuiltinParts {
  /** The figures of this moment. */
  readonly sample: () => JsonObject;
}

/** Answers a check with the figures of that moment. */
function observabilityHandler({ sample, ...parts }: ObservabilityParts): Subscription {
  return builtin(parts, {
    name: 'observability',
    types: ['system.observability_check'],
    handle: () => ({
      answers: [{ type: 'system.health_sampled', priority: PRIORITY.bulk, payload: sample() }],
    }),
  });
}
