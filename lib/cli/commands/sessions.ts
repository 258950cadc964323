import { resolve } from 'node:path';
import { Option } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { readConfiguredPrices, type Cost, readSessionCosts } from '../../query/cost.ts';
import { readConfiguredWindows } from '../../query/context-figures.ts';
import { countRows } from '../../query/builder.ts';
import {
  readSessionStates,
  SESSION_STATES,
  type SessionState,
  type SessionStateName,
  stateFields,
} from '../../query/session-states.ts';
import { listSessions, type SessionFilter, type SessionSummary } from '../../query/sessions.ts';
import { queryStore } from '../../query/store-view.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { parseLimit } from '../text/parse-when.ts';
import { SESSION_COLUMNS, formatSessionRows } from '../text/session-row.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { addRestoreCommands } from './sessions-restore.ts';
import { addTagCommands } from './sessions-tag.ts';

interface SessionsFlags {
  readonly json?: boolean;
  readonly limit: string;
  readonly project?: string;
  readonly any?: boolean;
  readonly cost?: boolean;
  readonly state?: SessionStateName;
}

const EXAMPLES = `
Examples:
  $ waymark sessions                   the latest twenty
  $ waymark sessions --project .       those of this folder and below
  $ waymark sessions --state waiting-for-you
  $ waymark sessions --limit 200 --json
  $ waymark sessions restore 3ced9ec8  restore one that Claude Code deleted`;

const LIST_EXAMPLES = `
Examples:
  $ waymark sessions list --limit 5
  $ waymark sessions list --project . --json
  $ waymark sessions list --cost`;

/** `waymark sessions`: lists recorded sessions, latest first, restores and tags them. */
export const addSessions: AddCommand = (program, context) => {
  const sessions = program.command('sessions').addHelpText('after', EXAMPLES);
  sessions
    .command('list', DEFAULT_SUBCOMMAND)
    .description('List the recorded sessions, latest first')
    .option('--json', 'print a JSON array')
    .option('--limit <n>', 'list at most this many', '20')
    .option('--project <path>', 'only sessions in this folder, below it, or in this work tree')
    .option('--any', 'all folders (the default)')
    .option('--cost', 'also show what each cost')
    .addOption(new Option('--state <state>', 'only sessions in this state').choices(SESSION_STATES))
    .addHelpText('after', LIST_EXAMPLES)
    .action((flags: SessionsFlags) => list(context, flags));
  addRestoreCommands(sessions, context);
  addTagCommands(sessions, context);
};

/** So many sessions are looked through for those in a state. */
const MAX_SEARCHED = 1_000;

interface Listed {
  readonly states: ReadonlyMap<string, SessionState>;
  readonly sessions: readonly SessionSummary[];
  /** How many there are in all, where none is listed. */
  readonly total: number;
  /** By ids; `undefined` unless asked for. */
  readonly costs?: ReadonlyMap<string, Cost> | undefined;
}

async function list(context: CommandContext, flags: SessionsFlags): Promise<void> {
  const { cwd, print, printJson, printTable, paint, clock } = context;
  if (flags.any === true && flags.project !== undefined)
    throw new WaymarkError('USAGE', 'Cannot use --any with --project: each chooses folders', {
      remedy: 'Give one of them.',
    });
  const limit = parseLimit(flags.limit, '--limit');
  const project = flags.project === undefined ? undefined : realPathOr(resolve(cwd, flags.project));
  const { sessions, total, states, costs } = await findSessions(context, flags, {
    limit,
    ...(project === undefined ? {} : { project }),
  });
  if (flags.json === true)
    printJson(
      sessions.map((session) => ({
        ...session,
        ...stateFields(states.get(session.id)),
        ...(costs === undefined ? {} : { cost: costs.get(session.id) ?? null }),
      })),
    );
  else if (sessions.length === 0) {
    const none = { what: 'sessions', where: project, elsewhere: total };
    print(
      context.runnable(
        formatEmptyList(context.folder(), { ...none, all: 'waymark sessions --any' }),
      ),
    );
  } else {
    const rows = formatSessionRows(sessions, { paint, now: clock(), states, costs });
    printTable(rows, { columns: SESSION_COLUMNS });
  }
}

/** Sessions that the flags ask for, with their states and costs. */
function findSessions(
  context: CommandContext,
  { state: wanted, cost }: SessionsFlags,
  { limit, ...filter }: SessionFilter,
): Promise<Listed> {
  const folder = context.folder();
  const windows = readConfiguredWindows(context.actionContext());
  const prices = cost === true ? readConfiguredPrices(context.actionContext()) : undefined;
  const none = { sessions: [], total: 0, states: new Map() };
  return queryStore<Listed>(folder, none, async (database) => {
    const searched = { ...filter, limit: wanted === undefined ? limit : MAX_SEARCHED };
    const all = await listSessions(database, folder, searched, windows);
    const parts = { folder, now: context.clock() };
    const states = await readSessionStates(database, idsOf(all), parts);
    const isWanted = ({ id }: SessionSummary): boolean =>
      wanted === undefined || states.get(id)?.state === wanted;
    const sessions = all.filter(isWanted).slice(0, limit);
    return {
      ...{ sessions, states },
      costs: prices && (await readSessionCosts(database, idsOf(sessions), prices)),
      total: sessions.length > 0 ? 0 : await countRows(database, 'sessions'),
    };
  });
}

function idsOf(sessions: readonly SessionSummary[]): readonly string[] {
  return sessions.map(({ id }) => id);
}
