import { resolve } from 'node:path';
import { isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { realPathOr, type StateFolder } from '../core/state-folder.ts';
import { configuredWindows } from '../query/context-figures.ts';
import { failuresOfCommand } from '../query/failures-of-command.ts';
import { listPatterns, type StoredPattern, summaryOf } from '../query/failures.ts';
import { findSession, type Scope } from '../query/find-session.ts';
import { readGlance } from '../query/glance.ts';
import { readResume } from '../query/resume.ts';
import { type OperationDetail, readSessionDetail } from '../query/session-detail.ts';
import { listSessions, type SessionSummary } from '../query/sessions.ts';
import { askStore } from '../query/store-view.ts';
import type { Arguments, Field, Fields } from './arguments.ts';

/** Where a server looks, and the clock by which it does. */
export interface ToolPlace {
  /** @throws HOME_UNUSABLE */
  readonly folder: () => StateFolder;
  /** The project that answers are about when a call names none. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** One tool. Each only reads. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly fields: Fields;
  answer(given: Arguments, place: ToolPlace): Promise<object>;
}

const PROJECT: Field = {
  type: 'string',
  description: 'Folder of the project; default: this one',
};
const EVERYWHERE: Field = { type: 'boolean', description: 'All projects' };
const SESSION: Field = {
  type: 'string',
  description: 'Id, its beginning, or last: the latest of this project (default)',
};

function limitField(maximum: number, otherwise: number): Field {
  return { type: 'integer', minimum: 1, maximum, description: `Default ${otherwise}` };
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'failures',
    title: 'Known failures',
    description:
      'What failed before in this project, how often, and what worked instead. With command: what is known of this command and of similar ones.',
    fields: {
      command: { type: 'string', description: 'A shell command' },
      project: PROJECT,
      everywhere: EVERYWHERE,
      limit: limitField(100, 10),
    },
    answer: answerFailures,
  },
  {
    name: 'sessions',
    title: 'Recorded sessions',
    description: 'Recorded Claude Code sessions, latest first.',
    fields: { project: PROJECT, everywhere: EVERYWHERE, limit: limitField(100, 10) },
    answer: answerSessions,
  },
  {
    name: 'show',
    title: 'One session',
    description:
      'What happened in one session: prompts, failures, checkpoints and tool calls, latest first.',
    fields: {
      session: SESSION,
      failed: { type: 'boolean', description: 'Only calls that failed' },
      everywhere: { type: 'boolean', description: 'last means the latest of all projects' },
      limit: limitField(200, 30),
    },
    answer: answerShow,
  },
  {
    name: 'resume',
    title: 'Where work stopped',
    description:
      'Where a session was: last prompts, open todos, unsolved failures, files in flight.',
    fields: {
      session: SESSION,
      everywhere: { type: 'boolean', description: 'last means the latest of all projects' },
    },
    answer: answerResume,
  },
  {
    name: 'status',
    title: 'State of the recording',
    description: 'Whether recording works: hooks, worker, queue, store, and counts of today.',
    fields: {},
    answer: answerStatus,
  },
];

async function answerFailures(given: Arguments, place: ToolPlace): Promise<object> {
  const project = projectOf(given, place);
  const filter = {
    limit: given.count('limit', 10),
    ...(project === undefined ? {} : { project }),
  };
  const command = given.text('command');
  const failures = await askStore<readonly object[]>(place.folder(), [], async (database) =>
    command === undefined
      ? (await listPatterns(database, filter)).map((stored) => failureFacts(stored))
      : (await failuresOfCommand(database, command, filter)).map(({ stored, nearness }) => ({
          nearness,
          ...failureFacts(stored),
        })),
  );
  return { project: project ?? null, failures };
}

function failureFacts(stored: StoredPattern): object {
  const { id, pattern, lastError, kind, count, sessions, fix, fixCount, action, lastSeen, scope } =
    summaryOf(stored);
  const { lastCommand, successesSince } = stored.pattern;
  return {
    ...{ id, command: pattern, lastCommand, lastError, kind, failed: count, sessions },
    ...{ succeededSince: successesSince, lastSeen, scope },
    ...(fix === null ? {} : { workedInstead: fix, workedTimes: fixCount }),
    ...(action === 'warn' ? {} : { action }),
  };
}

async function answerSessions(given: Arguments, place: ToolPlace): Promise<object> {
  const project = projectOf(given, place);
  const folder = place.folder();
  const filter = {
    limit: given.count('limit', 10),
    ...(project === undefined ? {} : { project }),
  };
  const sessions = await askStore<readonly SessionSummary[]>(folder, [], (database) =>
    listSessions(database, folder, filter, configuredWindows({ ...place, folder })),
  );
  return { project: project ?? null, sessions: sessions.map(sessionFacts) };
}

function sessionFacts(session: SessionSummary): object {
  const { id, project, startedAt, endedAt, lastEventAt, operationCount, failureCount } = session;
  const { promptCount, lastPrompt, contextPercent, model } = session;
  return {
    ...{ id, project, startedAt, endedAt, lastEventAt, promptCount, lastPrompt },
    ...{ calls: operationCount, failures: failureCount, contextPercent, model },
  };
}

async function answerShow(given: Arguments, place: ToolPlace): Promise<object> {
  const folder = place.folder();
  const wanted = given.text('session') ?? 'last';
  const windows = configuredWindows({ ...place, folder });
  const detail = await askStore(folder, undefined, async (database) =>
    readSessionDetail(
      database,
      folder,
      await findSession(database, wanted, scopeOf(given, place)),
      windows,
    ),
  );
  if (detail === undefined) return nothingRecorded();
  const limit = given.count('limit', 30);
  const { session, counts, log, checkpoints, told } = detail;
  const isFailed = ({ outcome }: OperationDetail): boolean => outcome === 'failed';
  const calls = given.flag('failed') ? detail.operations.filter(isFailed) : detail.operations;
  return {
    session: sessionFacts(session),
    counts,
    prompts: latest(
      log.filter(({ kind }) => kind === 'prompt_submitted'),
      limit,
    ).map(({ at, detail: text }) => ({ at, text })),
    failures: latest(detail.operations.filter(isFailed), limit).map(callFacts),
    checkpoints: latest(checkpoints, 3).map(({ at, kind, files, note, gitBranch }) => ({
      ...{ at, kind, note, branch: gitBranch, files },
    })),
    told: latest(told, 10).map(({ at, kind, target, outcome }) => ({ at, kind, target, outcome })),
    calls: latest(calls, limit).map(callFacts),
    ...(calls.length > limit ? { callsBefore: calls.length - limit } : {}),
  };
}

function callFacts({ at, tool, target, outcome, error, agentId }: OperationDetail): object {
  return { at, tool, target, outcome, error, agent: agentId };
}

async function answerResume(given: Arguments, place: ToolPlace): Promise<object> {
  const wanted = given.text('session') ?? 'last';
  const report = await askStore(place.folder(), undefined, (database) =>
    readResume(database, wanted, {
      scope: scopeOf(given, place),
      environment: place.environment,
    }),
  );
  if (report === undefined) return nothingRecorded();
  const { session, project, ended, lastEventTime, prompts, todos, files, git, branch } = report;
  return {
    ...{ session, project, ended, lastEventAt: lastEventTime, prompts },
    openTodos: todos.open,
    unsolvedFailures: report.failures.map(({ time, tool, target, error, count, fix }) => ({
      ...{ at: time, tool, target, error, failed: count, workedInstead: fix },
    })),
    filesInFlight: files,
    ...{ lastCommands: report.commands, branch, git },
  };
}

async function answerStatus(_: Arguments, { folder, clock, sleep }: ToolPlace): Promise<object> {
  const glance = await readGlance({ folder: folder(), clock, sleep });
  const { version, settings, hasPlugin, workers, queue, store, counts, hookErrors } = glance;
  const { oldestAt, ...waiting } = queue;
  return {
    version,
    hooks: settings.map(({ file, hooks, expected, isOff }) => ({
      ...{ file, hooks, expected, allHooksDisabled: isOff },
    })),
    startedByPlugin: hasPlugin,
    workers: workers.map(({ id, state }) => ({ id, state })),
    queue: { ...waiting, oldestAt: oldestAt === undefined ? null : isoTime(oldestAt) },
    store,
    today: counts ?? null,
    hookErrorsOfLastDay: hookErrors.count,
  };
}

/** The folder that lists are about; `undefined` for all. */
function projectOf(given: Arguments, { cwd }: ToolPlace): string | undefined {
  if (given.flag('everywhere')) return undefined;
  return realPathOr(resolve(cwd, given.text('project') ?? '.'));
}

function scopeOf(given: Arguments, place: ToolPlace): Scope {
  return given.flag('everywhere') ? 'any' : place;
}

/** The latest of what has the oldest first, latest first. */
function latest<T>(oldestFirst: readonly T[], count: number): readonly T[] {
  return oldestFirst.slice(-count).reverse();
}

function nothingRecorded(): never {
  throw new WaymarkError('NOT_FOUND', 'Cannot find a session: nothing was recorded yet', {
    remedy: '`waymark doctor` shows whether the hooks are installed.',
  });
}
