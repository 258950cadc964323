import { resolve } from 'node:path';
import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { configuredWindows } from '../../query/context-figures.ts';
import { countRows } from '../../query/builder.ts';
import { listSessions, type SessionSummary } from '../../query/sessions.ts';
import { askStore } from '../../query/store-view.ts';
import { LISTS } from '../program.ts';
import { noneText } from '../text/none-text.ts';
import { parseLimit } from '../text/parse-when.ts';
import { SESSION_COLUMNS, sessionRows } from '../text/session-row.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { addRestoreCommands } from './sessions-restore.ts';
import { addTagCommands } from './sessions-tag.ts';

interface SessionsFlags {
  readonly json?: boolean;
  readonly limit: string;
  readonly project?: string;
  readonly any?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark sessions                   the latest twenty
  $ waymark sessions --project .       those of this folder and below
  $ waymark sessions --limit 200 --json
  $ waymark sessions restore 3ced9ec8  bring one back that Claude Code deleted`;

const LIST_EXAMPLES = `
Examples:
  $ waymark sessions list --limit 5
  $ waymark sessions list --project . --json`;

/** `waymark sessions`: what was recorded, latest first, and what there is to do about a session. */
export const addSessions: AddCommand = (program, context) => {
  const sessions = program.command('sessions').addHelpText('after', EXAMPLES);
  sessions
    .command('list', LISTS)
    .description('List the recorded sessions, latest first')
    .option('--json', 'print a JSON array')
    .option('--limit <n>', 'list at most this many', '20')
    .option('--project <path>', 'only sessions in this folder, below it, or in this work tree')
    .option('--any', 'all folders (the default)')
    .addHelpText('after', LIST_EXAMPLES)
    .action((flags: SessionsFlags) => list(context, flags));
  addRestoreCommands(sessions, context);
  addTagCommands(sessions, context);
};

interface Listed {
  readonly sessions: readonly SessionSummary[];
  /** How many there are in all, where none is listed. */
  readonly total: number;
}

async function list(context: CommandContext, flags: SessionsFlags): Promise<void> {
  const { cwd, runnable, print, printJson, printTable, paint, clock } = context;
  if (flags.any === true && flags.project !== undefined)
    throw new WaymarkError('USAGE', 'Cannot combine --any with --project', {
      remedy: 'Give one of them.',
    });
  const limit = parseLimit(flags.limit, '--limit');
  const project = flags.project === undefined ? undefined : realPathOr(resolve(cwd, flags.project));
  const folder = context.folder();
  const windows = configuredWindows(context.acting());
  const filter = project === undefined ? { limit } : { limit, project };
  const { sessions, total } = await askStore<Listed>(
    folder,
    { sessions: [], total: 0 },
    async (database) => {
      const found = await listSessions(database, folder, filter, windows);
      return {
        sessions: found,
        total: found.length > 0 ? 0 : await countRows(database, 'sessions'),
      };
    },
  );
  if (flags.json === true) printJson(sessions);
  else if (sessions.length === 0)
    print(
      runnable(
        noneText(folder, {
          what: 'sessions',
          where: project,
          elsewhere: total,
          all: 'waymark sessions --any',
        }),
      ),
    );
  else printTable(sessionRows(sessions, { paint, now: clock() }), { columns: SESSION_COLUMNS });
}
