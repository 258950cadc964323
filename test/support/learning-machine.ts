import { existsSync, readFileSync } from 'node:fs';
import type { JsonObject } from '../../lib/core/json.ts';
import { computeCommandShapes } from '../../lib/features/failure/command-shape.ts';
import { type ActionDecision, decideAction } from '../../lib/features/failure/decide-action.ts';
import { learnFailedCall, learnLessons } from '../../lib/features/failure/lessons.ts';
import { readFailureView } from '../../lib/features/failure/read-failure-view.ts';
import { refreshFailureView, refreshPattern } from '../../lib/features/failure/view.ts';
import { KnowledgePull } from '../../lib/fleet/knowledge-pull.ts';
import { type KnowledgeSource, postgresKnowledge } from '../../lib/fleet/knowledge-source.ts';
import { completeRefresh, listDueRefreshes } from '../../lib/store/refreshes.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { writeNeedles } from '../../lib/worker/needle-file.ts';
import { type FleetMachine, fleetMachine, kept, type MachineOptions } from './fleet-scene.ts';
import { testEvent } from './test-event.ts';
import { testHome } from './test-home.ts';

export const START = Date.parse('2026-11-22T10:00:00Z');

/** A machine of a team that learns, and what its hooks would hear of it. */
export interface LearningMachine extends FleetMachine {
  readonly pull: KnowledgePull;
  readonly views: string;
  /** What the worker logged. */
  readonly logged: string[];
  /** By the clock of this machine; tests move it. */
  now: number;
  /** Folders whose commands are shared. */
  folders: readonly string[];
  call(outcome: 'ok' | 'failed', target: string, own?: CallOptions): void;
  change(id: string, change: Readonly<Record<string, string | boolean>>): void;
  /** Sends, asks the team, and makes every view that is due. */
  exchange(): Promise<void>;
  refresh(): void;
  warning(command: string, project?: string): ActionDecision | undefined;
  needles(): readonly string[];
}

interface CallOptions {
  readonly error?: string;
  readonly project?: string;
  readonly session?: string;
}

export interface LearningOptions extends MachineOptions {
  readonly home?: string;
  /** Where it learns, instead of PostgreSQL. */
  readonly source?: (
    host: string,
    clock: () => number,
    heard: () => void,
  ) => Promise<KnowledgeSource>;
}

let count = 0;

export function learningMachine(
  session: PostgresSession,
  options: LearningOptions = {},
): LearningMachine {
  const { host = 'host-a', home = `/home/${host}` } = options;
  const { folder } = testHome();
  const machine = fleetMachine(session, { clock: () => self.now, ...options });
  const { store, feed } = machine;
  const logged: string[] = [];
  const pull = new KnowledgePull({
    ...{ database: () => store, isWanted: () => self.folders.length > 0 },
    open: (heard) =>
      options.source?.(host, () => self.now, heard) ??
      postgresKnowledge((options.through ?? kept)(session), host, () => self.now, heard),
    ...{ wake: () => undefined, clock: () => self.now, pause: async () => undefined },
    ...{ random: () => 0, log: (_level, code) => void logged.push(code) },
  });
  const self: LearningMachine = {
    ...machine,
    ...{ pull, views: folder.views, logged, now: START, folders: ['*'] },
    call: (outcome, target, { error = 'Exit code 1\nfailed', project, session: of } = {}) => {
      count += 1;
      self.now += 1_000;
      const payload = {
        ...{ session_id: of ?? `session of ${host}`, project: project ?? `${home}/shop` },
        worktree: project ?? `${home}/shop`,
        repository: `${project ?? `${home}/shop`}/.git`,
        call: {
          ...{ tool: 'Bash', target, outcome, tool_use_id: `toolu_${count}` },
          ...(outcome === 'failed' ? { error } : {}),
        },
      };
      self.apply(eventOf(outcome === 'failed' ? 'task.failed' : 'checkpoint.created', payload));
      self.refresh();
    },
    change: (id, change) => {
      self.now += 1_000;
      self.apply(eventOf('learning.pattern_changed', { pattern_id: id, ...change }));
      self.refresh();
    },
    exchange: async () => {
      self.now += 120_000;
      await feed.drain();
      await pull.drain();
      self.refresh();
    },
    refresh: () => {
      for (let due = listDueRefreshes(store, 64); due.length > 0; due = listDueRefreshes(store, 64))
        for (const request of due) {
          const place = { views: folder.views, now: self.now, teamFolders: self.folders };
          if (request.kind === 'failure') refreshFailureView(store, request.key, place);
          if (/^lessons(?:-now)?$/.test(request.kind)) learnLessons(store, request.key);
          if (request.kind === 'failed-call') learnFailedCall(store, request.key);
          if (request.kind === 'pattern') refreshPattern(store, request.key);
          if (request.kind === 'needles') writeNeedles(store, { folder, clock: () => self.now });
          completeRefresh(store, request);
        }
    },
    warning: (command, project = `${home}/shop`) => {
      const place = { project, repository: `${project}/.git`, now: self.now };
      return computeCommandShapes('Bash', command, project).flatMap((shape) => {
        const view = readFailureView(folder.views, shape.key);
        return view === undefined ? [] : (decideAction(view, shape, place) ?? []);
      })[0];
    },
    needles: () => {
      const file = `${folder.views}/failures/needles`;
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    },
  };
  const eventOf = (type: string, payload: JsonObject) => {
    count += 1;
    return testEvent({
      event_id: `evt_20261122_100000_${String(count).padStart(16, '0')}`,
      event_type: type,
      timestamp: new Date(self.now).toISOString(),
      payload,
    });
  };
  return self;
}
