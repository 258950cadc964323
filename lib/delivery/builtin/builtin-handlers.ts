import type { Subscription, SubscriptionSource } from '../subscription.ts';
import { cleanUpHandler, type CleanUpParts } from './clean-up.ts';
import { heartbeatHandler, type HeartbeatParts } from './heartbeat.ts';
import { reportHandler, type ReportParts } from './write-report.ts';
import { notifyHandler, type NotifyParts } from './notify.ts';
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
  ReportParts &
  NotifyParts &
  ObservabilityParts;

/**
 * Returns all built-in handlers. Checkpoints and routing need none: effects and derivations do that
 * work.
 */
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
    reportHandler(parts),
    notifyHandler(parts),
  ];
  return () => all;
}

/** A built-in handler as commands show it. */
export type BuiltinSummary = Pick<
  Subscription,
  'name' | 'types' | 'timeoutMs' | 'concurrency' | 'maxAttempts'
>;

/** Returns all built-in handlers for display only. */
export function listBuiltins(): readonly BuiltinSummary[] {
  return builtinHandlers({
    clock: () => 0,
    emit: () => undefined,
    findUnresponsive: () => [],
    cleanUp: () => Promise.reject(new Error('only asked for its name')),
    failureTimes: () => [],
    learn: () => ({ changes: {}, drafts: [] }),
    agentRun: () => undefined,
    startWorker: () => false,
    sample: () => ({}),
    writeReport: () => Promise.reject(new Error('only asked for its name')),
    notifySettings: () => ({ isOn: false, afterMs: 0 }),
    waitingSession: () => Promise.resolve(undefined),
    showNotice: () => Promise.resolve(undefined),
  })();
}

interface DaemonStartParts extends BuiltinParts {
  /**
   * Starts a worker in the background after this one has ended.
   * @returns `false` if this one continues, so that no other is needed.
   */
  readonly startWorker: () => boolean;
}

/**
 * Starts a worker. The process that delivers this event is a worker itself, but `dispatch` and
 * `worker --once` exit soon: they start one in the background.
 */
function daemonStartHandler({ startWorker, ...parts }: DaemonStartParts): Subscription {
  return builtin(parts, {
    name: 'daemon-start',
    types: ['system.daemon_start_requested'],
    handle: () => ({
      output: startWorker()
        ? 'a worker starts when this one has stopped'
        : 'a worker is already running',
    }),
  });
}

interface LearningParts extends BuiltinParts {
  /**
   * Summarises what is known.
   * @returns what changed, and the events to emit.
   * @throws {@link StoreFault}
   */
  readonly learn: () => { readonly changes: JsonObject; readonly drafts: readonly EventDraft[] };
}

/**
 * Summarises what was learned when a cycle is requested, and reports the end, even if nothing
 * changed.
 */
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
  /** Returns the current figures. */
  readonly sample: () => JsonObject;
}

/** Answers a check with the current figures. */
function observabilityHandler({ sample, ...parts }: ObservabilityParts): Subscription {
  return builtin(parts, {
    name: 'observability',
    types: ['system.observability_check'],
    handle: () => ({
      answers: [{ type: 'system.health_sampled', priority: PRIORITY.bulk, payload: sample() }],
    }),
  });
}
