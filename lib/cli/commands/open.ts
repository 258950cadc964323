import { planOpen, restoreToOpen, startClient } from '../../actions/open-session.ts';
import { oneLine } from '../../core/one-line.ts';
import { readConfiguredWindows } from '../../query/context-figures.ts';
import { searchSessions } from '../../query/search.ts';
import { readSessionStates, type SessionState } from '../../query/session-states.ts';
import { listSessions, type SessionSummary } from '../../query/sessions.ts';
import { queryStore } from '../../query/store-view.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { pick } from '../pick.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { SESSION_COLUMNS, formatSessionRows } from '../text/session-row.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface OpenFlags {
  readonly any?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark open                  choose from a list that filters as you type
  $ waymark open 3ced9ec8         continue this session, in its folder
  $ waymark open @3lhvs1          the session of a hit of waymark search
  $ waymark open last --dry-run   print the command line instead`;

/** Sessions of which one is chosen. */
const MAX_LISTED = 500;

/** `waymark open [HIT|ID]`: from a hit to the running session. */
export const addOpen: AddCommand = (program, context) => {
  program
    .command('open')
    .argument('[session]', 'a hit of a search, an id, the beginning of one, or last')
    .option('--any', 'last means the latest session of all folders')
    .option('--dry-run', 'print the command line; start nothing')
    .option('--json', 'print one JSON object; start nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string | undefined, flags: OpenFlags) => {
      const chosen = wanted ?? (await choose(context, flags));
      if (chosen !== undefined) await open(context, chosen, flags);
    });
};

async function open(context: CommandContext, wanted: string, flags: OpenFlags): Promise<void> {
  const { print, printJson, warn, stdout, environment, exitWith } = context;
  const actionContext = context.actionContext();
  const plan = await planOpen(actionContext, wanted, flags.any === true ? 'any' : context);
  if (flags.json === true) {
    printJson(plan);
    return;
  }
  const short = oneLine(plan.session).slice(0, 8);
  if (flags.dryRun === true) {
    if (plan.isRestoreNeeded)
      warn(`Claude Code has deleted the file of session ${short}. It would be restored first.`);
    print(oneLine(plan.command));
    return;
  }
  if (plan.isRestoreNeeded) {
    await restoreToOpen(actionContext, plan);
    warn(`Restored the files of session ${short} from the archive.`);
  }
  if (stdout.isTTY !== true) {
    print(oneLine(plan.command));
    return;
  }
  warn(`Opening session ${short} in ${oneLine(abbreviateHome(plan.folder))}`);
  exitWith(await startClient(plan, environment));
}

interface Choice {
  readonly sessions: readonly SessionSummary[];
  readonly states: ReadonlyMap<string, SessionState>;
}

const NO_CHOICE: Choice = { sessions: [], states: new Map() };

/** Lets a person choose on a terminal; prints the choices elsewhere. */
async function choose(context: CommandContext, flags: OpenFlags): Promise<string | undefined> {
  const folder = context.folder();
  const windows = readConfiguredWindows(context.actionContext());
  const { print, printJson, printTable, runnable, paint, clock, stdout } = context;
  const { sessions, states } = await queryStore<Choice>(folder, NO_CHOICE, async (database) => {
    const listed = await listSessions(database, folder, { limit: MAX_LISTED }, windows);
    const ids = listed.map(({ id }) => id);
    const parts = { folder, now: clock() };
    return { sessions: listed, states: await readSessionStates(database, ids, parts) };
  });
  const isTerminal = stdout.isTTY === true && process.stdin.isTTY === true;
  if (flags.json === true) {
    printJson(sessions);
    return undefined;
  }
  if (sessions.length === 0) {
    const empty = { what: 'sessions', where: undefined, elsewhere: 0, all: 'waymark sessions' };
    print(runnable(formatEmptyList(folder, empty)));
    return undefined;
  }
  const rows = formatSessionRows(sessions, { paint, now: clock(), states });
  if (!isTerminal || flags.dryRun === true) {
    printTable(rows.slice(0, 20), { columns: SESSION_COLUMNS });
    return undefined;
  }
  return pick(context, {
    columns: SESSION_COLUMNS,
    items: sessions.map((session, place) => ({
      id: session.id,
      cells: rows[place] ?? [],
      text: [session.id, session.project, session.title, session.lastPrompt, ...session.tags].join(
        ' ',
      ),
    })),
    search: async (typed) => {
      const { hits } = await searchSessions(folder, `${typed}*`, { limit: 20, now: clock() });
      return new Set(hits.map(({ session }) => session));
    },
  });
}
