import { readConfiguredWindows } from '../query/context-figures.ts';
import { findSession, createNoSessionError } from '../query/find-session.ts';
import { readResume } from '../query/resume.ts';
import { type OperationDetail, readSessionDetail } from '../query/session-detail.ts';
import { readSessionStates, type SessionState } from '../query/session-states.ts';
import { listSessions, type SessionSummary } from '../query/sessions.ts';
import { queryStore } from '../query/store-view.ts';
import type { Arguments } from './arguments.ts';
import { resolveProject, resolveScope, type ToolPlace } from './tool.ts';

export async function answerSessions(given: Arguments, place: ToolPlace): Promise<object> {
  const project = resolveProject(given, place);
  const folder = place.folder();
  const filter = {
    limit: given.count('limit', 10),
    ...(project === undefined ? {} : { project }),
  };
  const windows = readConfiguredWindows({ ...place, folder });
  const sessions = await queryStore<readonly object[]>(folder, [], async (database) => {
    const listed = await listSessions(database, folder, filter, windows);
    const ids = listed.map(({ id }) => id);
    const states = await readSessionStates(database, ids, { folder, now: place.clock() });
    return listed.map((session) => sessionFacts(session, states.get(session.id)));
  });
  return { project: project ?? null, sessions };
}

function sessionFacts(session: SessionSummary, state: SessionState | undefined): object {
  const { id, project, startedAt, endedAt, lastEventAt, operationCount, failureCount } = session;
  const { promptCount, lastPrompt, contextPercent, model } = session;
  return {
    ...{ id, project, startedAt, endedAt, lastEventAt, promptCount, lastPrompt },
    ...{ calls: operationCount, failures: failureCount, contextPercent, model },
    ...(state === undefined ? {} : { state: state.state, stateSince: state.since }),
  };
}

export async function answerShow(given: Arguments, place: ToolPlace): Promise<object> {
  const folder = place.folder();
  const wanted = given.text('session') ?? 'last';
  const windows = readConfiguredWindows({ ...place, folder });
  const found = await queryStore(folder, undefined, async (database) => {
    const id = await findSession(database, wanted, resolveScope(given, place));
    const states = await readSessionStates(database, [id], { folder, now: place.clock() });
    const detail = await readSessionDetail(database, folder, id, windows);
    return detail === undefined ? undefined : { detail, state: states.get(id) };
  });
  if (found === undefined) throw createNoSessionError(wanted);
  const { detail, state } = found;
  const limit = given.count('limit', 30);
  const { session, counts, log, checkpoints, told } = detail;
  const isFailed = ({ outcome }: OperationDetail): boolean => outcome === 'failed';
  const calls = given.flag('failed') ? detail.operations.filter(isFailed) : detail.operations;
  return {
    session: sessionFacts(session, state),
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
  const report = await queryStore(place.folder(), undefined, (database) =>
    readResume(database, wanted, {
      scope: resolveScope(given, place),
      environment: place.environment,
      command: () => 'waymark', // only for the text, which tools do not give
    }),
  );
  if (report === undefined) throw createNoSessionError(wanted);
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
