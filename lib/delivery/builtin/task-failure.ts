import { PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

export interface TaskFailureParts extends BuiltinParts {
  /**
   * Returns the times of a session's failures up to `until`, latest first, at most `limit`.
   * Milliseconds since the epoch.
   */
  readonly failureTimes: (sessionId: string, until: number, limit: number) => readonly number[];
}

/**
 * This many failures of one session are a burst, if no gap between two of them is longer than the
 * limit.
 */
const BURST = 10;
const GAP_MS = 60_000;

/** Most failures to count: the start of an endless burst does not matter. */
const LONGEST = 1_000;

/** Raises one alert per burst of failures: a session in a loop, or missing tools. */
export function taskFailureHandler({ failureTimes, ...parts }: TaskFailureParts): Subscription {
  return builtin(parts, {
    name: 'task-failure',
    types: ['task.failed'],
    accepts: ({ payload }) => stringField(payload, 'session_id') !== undefined,
    handle({ payload, timestamp, correlation_id }) {
      const session = stringField(payload, 'session_id') ?? '';
      const times = failureTimes(session, Date.parse(timestamp), LONGEST);
      const burst = times.slice(0, lengthOf(times));
      const since = burst.at(-1);
      const output = `${burst.length} in a row`;
      if (since === undefined || burst.length < BURST || burst.length === LONGEST)
        return { output };
      const message = `${burst.length} calls of session ${session} failed in ${Math.round(((times[0] ?? since) - since) / 1000)} s`;
      const alert = {
        reason: 'failure-burst',
        message,
        session_id: session,
        failures: burst.length,
      };
      const correlationId = correlation_id ?? session;
      return {
        answers: [
          {
            key: `${session} ${since}`,
            type: 'system.health_alert',
            priority: PRIORITY.urgent,
            correlationId,
            payload: alert,
          },
        ],
        output,
      };
    },
  });
}

/** Counts failures from the latest one back to the first gap. */
function lengthOf(times: readonly number[]): number {
  const end = times.findIndex(
    (time, index) => index > 0 && (times[index - 1] ?? time) - time > GAP_MS,
  );
  return end < 0 ? times.length : end;
}
