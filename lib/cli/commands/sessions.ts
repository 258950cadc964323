import { resolve } from 'node:path';
import { realPathOr } from '../../core/state-folder.ts';
import { configuredWindows } from '../../query/context-figures.ts';
import { listSessions, type SessionSummary } from '../../query/sessions.ts';
import { askStore } from '../../query/store-view.ts';
import { contextText } from '../text/outcome-mark.ts';
import { parseLimit } from '../text/parse-when.ts';
import { tilde } from '../text/status-text.ts';
import { formatCount, formatTime } from '../../core/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface SessionsFlags {
  readonly json?: boolean;
  readonly limit: string;
  readonly project?: string;
}

const EXAMPLES = `
Examples:
  $ waymark sessions                   the latest twenty
  $ waymark sessions --project .       those of this folder and below
  $ waymark sessions --limit 200 --json`;

/** `waymark sessions`: what was recorded, latest first. */
export const addSessions: AddCommand = (program, context) => {
  program
    .command('sessions')
    .option('--json', 'print a JSON array')
    .option('--limit <n>', 'most sessions that are listed', '20')
    .option('--project <path>', 'only sessions in this folder, below it, or in this work tree')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SessionsFlags) => {
      const limit = parseLimit(flags.limit, '--limit');
      const filter =
        flags.project === undefined
          ? { limit }
          : { limit, project: realPathOr(resolve(context.cwd, flags.project)) };
      const folder = context.folder();
      const windows = configuredWindows(context.acting());
      const sessions = await askStore<readonly SessionSummary[]>(folder, [], (database) =>
        listSessions(database, folder, filter, windows),
      );
      if (flags.json === true) context.printJson(sessions);
      else printSessions(sessions, context);
    });
};

function printSessions(
  sessions: readonly SessionSummary[],
  { print, paint, clock, printTable }: CommandContext,
): void {
  if (sessions.length === 0) {
    print('No sessions recorded yet.');
    return;
  }
  const head = ['SESSION', 'STARTED', 'OPS', 'FAILED', 'POINTS', 'CONTEXT', 'PROJECT'].map(
    paint.dim,
  );
  const rows = sessions.map((session) => [
    session.id,
    formatTime(Date.parse(session.startedAt), clock()),
    formatCount(session.operationCount),
    session.failureCount > 0 ? paint.red(formatCount(session.failureCount)) : '0',
    formatCount(session.checkpointCount),
    contextText(session.contextPercent, paint),
    `${tilde(session.project ?? 'unknown')}${session.endedAt === null ? paint.green(' ●') : ''}`,
  ]);
  printTable([head, ...rows], { right: [2, 3, 4, 5] });
}
