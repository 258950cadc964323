import { WaymarkError } from '../core/errors.ts';
import { configuredWindows } from '../query/context-figures.ts';
import { findSession } from '../query/find-session.ts';
import { readResume } from '../query/resume.ts';
import { type OperationDetail, readSessionDetail } from '../query/session-detail.ts';
import { listSessions, type SessionSummary } from '../query/sessions.ts';
import { askStore } from '../query/store-view.ts';
import type { Arguments } from './arguments.ts';
import { projectOf, scopeOf, type ToolPlace } from './tool.ts';

export async function answerSessions(given: Arguments, place: ToolPlace): Promise<object> {
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

export async function answerShow(given: Arguments, place: ToolPlace): Promise<object> {
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

export async function answerResume(given: Arguments, place: ToolPlace): Promise<object> {
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

/** The latest of what has the oldest first, latest first. */
function latest<T>(oldestFirst: readonly T[], count: number): readonly T[] {
  return oldestFirst.slice(-count).reverse();
}

function nothingRecorded(): never {
  throw new WaymarkError('NOT_FOUND', 'Cannot find a session: nothing was recorded yet', {
    remedy: '`waymark doctor` shows whether the hooks are installed.',
  });
}
