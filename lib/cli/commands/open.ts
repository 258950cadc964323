import { planOpen, restoreToOpen, startClient } from '../../actions/open-session.ts';
import { oneLine } from '../../core/one-line.ts';
import { configuredWindows } from '../../query/context-figures.ts';
import { searchSessions } from '../../query/search.ts';
import { listSessions, type SessionSummary } from '../../query/sessions.ts';
import { askStore } from '../../query/store-view.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { pick } from '../pick.ts';
import { noneText } from '../text/none-text.ts';
import { SESSION_COLUMNS, sessionRows } from '../text/session-row.ts';

interface OpenFlags {
  readonly any?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark open                  choose from a list that filters as you type
  $ waymark open 3ced9ec8         go on with this session, in its folder
  $ waymark open @3lhvs1          the session of a hit of waymark search
  $ waymark open last --dry-run   print the command line instead`;

/** Sessions of which one is chosen. */
const MOST_LISTED = 500;

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
  const acting = context.acting();
  const plan = await planOpen(acting, wanted, flags.any === true ? 'any' : context);
  if (flags.json === true) {
    printJson(plan);
    return;
  }
  const short = oneLine(plan.session).slice(0, 8);
  if (flags.dryRun === true) {
    if (plan.isRestoreNeeded)
      warn(`Claude Code has deleted the file of session ${short}: it would be restored first.`);
    print(oneLine(plan.command));
    return;
  }
  if (plan.isRestoreNeeded) {
    await restoreToOpen(acting, plan);
    warn(`Restored the files of session ${short} from the archive.`);
  }
  if (stdout.isTTY !== true) {
    print(oneLine(plan.command));
    return;
  }
  warn(`Opening session ${short} in ${oneLine(plan.folder)}`);
  exitWith(await startClient(plan, environment));
}

/** On a terminal, lets a person choose; elsewhere, prints what there is to choose from. */
async function choose(context: CommandContext, flags: OpenFlags): Promise<string | undefined> {
  const folder = context.folder();
  const windows = configuredWindows(context.acting());
  const sessions = await askStore<readonly SessionSummary[]>(folder, [], (database) =>
    listSessions(database, folder, { limit: MOST_LISTED }, windows),
  );
  const { print, printJson, printTable, runnable, paint, clock, stdout } = context;
  const isTerminal = stdout.isTTY === true && process.stdin.isTTY === true;
  if (flags.json === true) {
    printJson(sessions);
    return undefined;
  }
  if (sessions.length === 0) {
    const empty = { what: 'sessions', where: undefined, elsewhere: 0, all: 'waymark sessions' };
    print(runnable(noneText(folder, empty)));
    return undefined;
  }
  const rows = sessionRows(sessions, { paint, now: clock() });
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
