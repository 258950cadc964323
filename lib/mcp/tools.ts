import { isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { findFailuresOfCommand } from '../query/failures-of-command.ts';
import { listPatterns, type StoredPattern, summarizePattern } from '../query/failures.ts';
import { readStatusSummary } from '../query/status-summary.ts';
import { searchSessions } from '../query/search.ts';
import { queryStore } from '../query/store-view.ts';
import type { Arguments, Field } from './arguments.ts';
import { answerResume, answerSessions, answerShow } from './session-answers.ts';
import { resolveProject, type Tool, type ToolPlace } from './tool.ts';

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

/** In the order in which a client lists them. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'failures',
    title: 'Known failures',
    description:
      'What failed before in this project, how often, and what worked instead. With command: what is known about this command and similar ones.',
    fields: {
      command: { type: 'string', description: 'A shell command' },
      project: PROJECT,
      everywhere: EVERYWHERE,
      limit: limitField(100, 10),
    },
    answer: answerFailures,
  },
  {
    name: 'search',
    title: 'Search of sessions',
    description:
      'Finds prompts, answers, commands, files, errors and output of recorded sessions that have all of the words, best first.',
    fields: {
      words: { type: 'string', description: 'Words, "a phrase", a beginning*' },
      failed: { type: 'boolean', description: 'Only calls that failed' },
      project: PROJECT,
      everywhere: EVERYWHERE,
      limit: limitField(50, 10),
    },
    answer: answerSearch,
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
      'Where a session stopped: last prompts, open todos, open failures, files in progress.',
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
  const project = resolveProject(given, place);
  const filter = {
    limit: given.count('limit', 10),
    ...(project === undefined ? {} : { project }),
  };
  const command = given.text('command');
  const failures = await queryStore<readonly object[]>(place.folder(), [], async (database) =>
    command === undefined
      ? (await listPatterns(database, filter)).map((stored) => failureFacts(stored))
      : (await findFailuresOfCommand(database, command, filter)).map(({ stored, nearness }) => ({
          nearness,
          ...failureFacts(stored),
        })),
  );
  return { project: project ?? null, failures };
}

function failureFacts(stored: StoredPattern): object {
  const {
    id,
    pattern,
    lastError,
    kind,
    count,
    sessions,
    fix,
    fixCount,
    action,
    lastSeen,
    scope,
    team,
  } = summarizePattern(stored);
  const { lastCommand, successesSince } = stored.pattern;
  return {
    ...{ id, command: pattern, lastCommand, lastError, kind, failed: count, sessions },
    ...{ succeededSince: successesSince, lastSeen, scope },
    ...(fix === null ? {} : { workedInstead: fix, workedTimes: fixCount }),
    ...(action === 'warn' ? {} : { action }),
    ...(team === null ? {} : { ofTeam: team }),
  };
}

async function answerSearch(given: Arguments, place: ToolPlace): Promise<object> {
  const words = given.text('words');
  if (words === undefined)
    throw new WaymarkError('USAGE', 'Cannot search sessions: the words are missing', {
      remedy: 'Give them as the argument words.',
    });
  const project = resolveProject(given, place);
  const result = await searchSessions(place.folder(), words, {
    ...{ now: place.clock(), limit: given.count('limit', 10), failedOnly: given.flag('failed') },
    ...(project === undefined ? {} : { project }),
  });
  return {
    project: project ?? null,
    hits: result.hits.map(({ session, title, at, kind, tool, outcome, snippet }) => ({
      ...{ session, title, at, kind, tool, outcome, text: snippet.text },
    })),
    ...(result.isCut ? { note: 'Too many matches: only the latest were ranked' } : {}),
    ...(result.isMissing ? { note: 'There is no index yet: the worker has not built it' } : {}),
    ...(result.waiting > 0 ? { sessionsNotIndexedYet: result.waiting } : {}),
  };
}

/** More sessions at once are rare, and each costs the reader tokens. */
const MAX_LIVE = 10;

async function answerStatus(_: Arguments, { folder, clock, sleep }: ToolPlace): Promise<object> {
  const glance = await readStatusSummary({ folder: folder(), clock, sleep });
  const { version, settings, hasPlugin, workers, queue, store, counts, hookErrors, live } = glance;
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
    sessionsNow: live.slice(0, MAX_LIVE).map(({ id, state, since }) => ({ id, state, since })),
    hookErrorsOfLastDay: hookErrors.count,
  };
}
