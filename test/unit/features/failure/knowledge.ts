import { existsSync, readFileSync } from 'node:fs';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { computeCommandShapes } from '../../../../lib/features/failure/command-shape.ts';
import { failureEffects } from '../../../../lib/features/failure/effect.ts';
import {
  decideAction,
  type ActionDecision,
} from '../../../../lib/features/failure/decide-action.ts';
import { learnFailedCall, learnLessons } from '../../../../lib/features/failure/lessons.ts';
import { readFailureView } from '../../../../lib/features/failure/read-failure-view.ts';
import {
  type StoredPattern,
  readStoredPattern,
} from '../../../../lib/features/failure/stored-patterns.ts';
import { refreshFailureView, refreshPattern } from '../../../../lib/features/failure/view.ts';
import { writeNeedles } from '../../../../lib/worker/needle-file.ts';
import { operationEffects } from '../../../../lib/features/operation/effect.ts';
import { sessionEffects } from '../../../../lib/features/session/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { listDueRefreshes, completeRefresh } from '../../../../lib/store/refreshes.ts';
import { testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

export const START = Date.parse('2026-11-22T10:00:00Z');

/** A store that learns as the worker does, and what a hook would hear of it. */
export interface Knowledge {
  readonly database: Database;
  readonly views: string;
  /** Milliseconds; tests move it. */
  now: number;
  apply(type: string, payload: JsonObject, own?: Partial<EventEnvelope>): void;
  /** A call as its hooks tell of it, a second after the one before. */
  call(
    outcome: 'ok' | 'failed',
    target: string,
    own?: {
      readonly error?: string;
      readonly session?: string;
      readonly project?: string;
      readonly tool?: string;
    },
  ): void;
  /** Makes everything again that is due. */
  refresh(): void;
  patterns(): readonly StoredPattern[];
  needles(): readonly string[];
  /** What a hook would do about this command. */
  verdict(command: string, project?: string): ActionDecision['verdict'] | undefined;
}

export function knowledge(database = testStore()): Knowledge {
  const { folder } = testHome();
  const { views } = folder;
  const apply = eventApplier(
    database,
    [sessionEffects, operationEffects, failureEffects],
    () => START,
  );
  let count = 0;
  const self: Knowledge = {
    database,
    views,
    now: START,
    apply: (type, payload, own = {}) => {
      count += 1;
      const event = {
        event_id: `e${count}`,
        event_type: type,
        timestamp: new Date(self.now).toISOString(),
        source: 'test',
        payload,
        ...own,
      };
      for (const result of apply([event])) if (result.state === 'failed') throw result.error;
    },
    call: (
      outcome,
      target,
      { error = 'Exit code 1\nfailed', session = 's1', project = '/p', tool = 'Bash' } = {},
    ) => {
      self.now += 1_000;
      const call = {
        tool,
        target,
        outcome,
        tool_use_id: `t${count}`,
        ...(outcome === 'failed' ? { error } : {}),
      };
      self.apply(outcome === 'failed' ? 'task.failed' : 'checkpoint.created', {
        session_id: session,
        project,
        call,
      });
    },
    refresh: () => {
      for (
        let due = listDueRefreshes(database, 64);
        due.length > 0;
        due = listDueRefreshes(database, 64)
      ) {
        for (const request of due) {
          if (request.kind === 'failure')
            refreshFailureView(database, request.key, { views, now: self.now });
          if (/^lessons(?:-now)?$/.test(request.kind)) learnLessons(database, request.key);
          if (request.kind === 'failed-call') learnFailedCall(database, request.key);
          if (request.kind === 'pattern') refreshPattern(database, request.key);
          if (request.kind === 'needles') writeNeedles(database, { folder, clock: () => self.now });
          completeRefresh(database, request);
        }
      }
    },
    patterns: () =>
      database
        .prepare('SELECT id FROM failure_patterns ORDER BY last_at DESC')
        .all()
        .flatMap(({ id }) => readStoredPattern(database, String(id)) ?? []),
    needles: () =>
      existsSync(`${views}/failures/needles`)
        ? readFileSync(`${views}/failures/needles`, 'utf8').split('\n').slice(0, -1)
        : [],
    verdict: (command, project = '/p') => {
      const found = computeCommandShapes('Bash', command, project).flatMap((shape) => {
        const view = readFailureView(views, shape.key);
        return view === undefined
          ? []
          : (decideAction(view, shape, { project, now: self.now }) ?? []);
      });
      return found[0]?.verdict;
    },
  };
  return self;
}
