import { readContexts } from '../query/contexts.ts';
import { readActiveSessionHealth } from '../query/health/health.ts';
import { type AccountLimit, readLimits } from '../query/limits.ts';
import { type LiveSession, readLiveSessions, SESSION_STATES } from '../query/session-states.ts';
import { countSessions, NO_SESSIONS } from '../query/status.ts';
import { readFromStore } from '../query/store-view.ts';
import type { MetricName, MetricSample } from './metric-table.ts';
import type { MetricTopic } from './metric-topic.ts';

/** Sessions by state, how full their contexts are, and how well they do. */
export const sessionMetrics: MetricTopic = {
  name: 'session',
  keepMs: 0,
  read: async ({ folder, view, now, settings }) => {
    const live = await readFromStore<readonly LiveSession[]>(view, [], (database) =>
      readLiveSessions(database, { folder, now }),
    );
    const counts = await readFromStore(view, NO_SESSIONS, (database) =>
      countSessions(database, now),
    );
    const contexts = await readFromStore<readonly { readonly percent: number | null }[]>(
      view,
      [],
      (database) => readContexts(database, now, settings.windows),
    );
    const health = await readFromStore<readonly { readonly score: number }[]>(
      view,
      [],
      (database) => readActiveSessionHealth(database, now, settings.windows),
    );
    const scores = health.map(({ score }) => score);
    return [
      ...LIVE_STATES.map((state): MetricSample => {
        const value = live.filter((session) => session.state === state).length;
        return { metric: 'waymark_sessions', labels: { state }, value };
      }),
      { metric: 'waymark_sessions_recorded', value: counts.total },
      ...LEVELS.map(({ health: label, from, to }): MetricSample => {
        const value = scores.filter((score) => score >= from && score < to).length;
        return { metric: 'waymark_sessions_by_health', labels: { health: label }, value };
      }),
      ...extreme('waymark_session_health_score', scores, Math.min),
      ...extreme(
        'waymark_session_context_used_ratio',
        contexts.flatMap(({ percent }) => (percent === null ? [] : percent / 100)),
        Math.max,
      ),
      ...(counts.lastCheckpointAt === null
        ? []
        : [
            {
              metric: 'waymark_last_checkpoint_timestamp_seconds',
              value: Date.parse(counts.lastCheckpointAt) / 1000,
            } as const,
          ]),
    ];
  },
};

const LIVE_STATES = SESSION_STATES.filter((state) => state !== 'ended' && state !== 'lost');

const LEVELS = [
  { health: 'good', from: 80, to: Number.POSITIVE_INFINITY },
  { health: 'fair', from: 50, to: 80 },
  { health: 'poor', from: 0, to: 50 },
] as const;

/** Subscription windows that the client reported. */
export const limitMetrics: MetricTopic = {
  name: 'limit',
  keepMs: 0,
  read: async ({ view, now }) => {
    const limits = await readFromStore<readonly AccountLimit[]>(view, [], (database) =>
      readLimits(database, now),
    );
    return [...new Set(limits.map(({ name }) => name))].map((window) => {
      const used = limits.filter(({ name }) => name === window).map((limit) => limit.used / 100);
      return {
        ...{ metric: 'waymark_account_limit_used_ratio', labels: { window } },
        value: Math.max(...used),
      };
    });
  },
};

/** Nothing where there are no values. */
function extreme(
  metric: MetricName,
  values: readonly number[],
  choose: (...values: readonly number[]) => number,
): readonly MetricSample[] {
  return values.length === 0 ? [] : [{ metric, value: choose(...values) }];
}
