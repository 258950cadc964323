import { resolve } from 'node:path';
import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { formatAgo, formatCount, plural } from '../../core/units.ts';
import { type ForgetResult, forgetSessions } from '../../actions/forget-sessions.ts';
import {
  type ForgettableSession,
  findSessionsBefore,
  findSessionsByIds,
  isForgetUnfinished,
} from '../../query/sessions-to-forget.ts';
import { queryStore } from '../../query/store-view.ts';
import { parseWhen } from '../text/parse-when.ts';
import { abbreviateHome } from '../text/tilde.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface ForgetFlags {
  readonly project?: string;
  readonly before?: string;
  readonly clientFiles?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const UNFINISHED = 'An earlier `waymark forget` was interrupted: this one completes it.';

const EXAMPLES = `
Examples:
  $ waymark forget 3ced9ec8 --dry-run               show what would be deleted
  $ waymark forget 3ced9ec8 --client-files          and Claude Code's files
  $ waymark forget --project . --before 2026-01-01  by project`;

/** `waymark forget ID…`: deletes every trace of sessions, for ever. */
export const addForget: AddCommand = (program, context) => {
  program
    .command('forget')
    .argument('[sessions...]', 'ids, or beginnings of ids')
    .option('--project <path>', 'sessions in this folder, below it, or in this work tree')
    .option('--before <when>', 'only sessions whose last event is older: 90d, a date')
    .option('--client-files', 'also delete the transcripts of Claude Code')
    .option('--dry-run', 'show what would be deleted; delete nothing')
    .option('--yes', 'do not ask')
    .option('--force', 'also forget sessions that are still running')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((ids: readonly string[], flags: ForgetFlags) => forget(context, ids, flags));
};

async function forget(
  context: CommandContext,
  ids: readonly string[],
  flags: ForgetFlags,
): Promise<void> {
  const isUnfinished = await queryStore(context.folder(), false, async (database) =>
    isForgetUnfinished(database),
  );
  const isResuming = isUnfinished && ids.length === 0 && flags.project === undefined;
  const sessions =
    isResuming && flags.before === undefined ? [] : await chosenSessions(context, ids, flags);
  if (flags.json !== true && isUnfinished) context.print(UNFINISHED);
  if (flags.json !== true && !(isUnfinished && sessions.length === 0))
    listSessions(context, sessions);
  if (flags.dryRun === true) return printDryRun(context, sessions, flags);
  if (sessions.length === 0 && !isUnfinished)
    return flags.json === true ? context.printJson(NOTHING) : undefined;
  const running = sessions.find(({ isRunning }) => isRunning);
  if (running !== undefined && flags.force !== true)
    throw new WaymarkError('USAGE', `Cannot forget session ${running.id}: it is still running`, {
      remedy: 'End it first, or add --force.',
    });
  if (sessions.length > 0 && !(await isAgreed(context, sessions.length, flags))) return;
  const done = await forgetSessions(context.actionContext(), sessions, {
    clientFiles: flags.clientFiles === true,
  });
  printResult(context, sessions, done, flags);
}

async function chosenSessions(
  context: CommandContext,
  ids: readonly string[],
  { project, before }: ForgetFlags,
): Promise<readonly ForgettableSession[]> {
  const now = context.clock();
  const isBulk = project !== undefined || before !== undefined;
  if (isBulk === ids.length > 0)
    throw new WaymarkError(
      'USAGE',
      isBulk
        ? 'Cannot use ids with --project or --before: each chooses sessions'
        : 'Cannot forget sessions: none is named',
      { remedy: 'Give ids, or --project and --before. `waymark sessions` lists sessions.' },
    );
  const limits = {
    project: project === undefined ? undefined : realPathOr(resolve(context.cwd, project)),
    before: before === undefined ? Number.MAX_SAFE_INTEGER : parseWhen(before, now, '--before'),
  };
  return queryStore(context.folder(), [], (database) =>
    isBulk ? findSessionsBefore(database, limits, now) : findSessionsByIds(database, ids, now),
  );
}

function listSessions(context: CommandContext, sessions: readonly ForgettableSession[]): void {
  if (sessions.length === 0) {
    context.print('No sessions match: nothing to forget.');
    return;
  }
  const now = context.clock();
  const head = ['SESSION', 'LAST EVENT', 'PROJECT'].map(context.paint.dim);
  context.printTable(
    [
      head,
      ...sessions.map(({ id, lastEventAt, project, isRunning }) => [
        context.paint.bold(id),
        lastEventAt === null ? 'not known' : formatAgo(lastEventAt, now),
        `${project === null ? '–' : abbreviateHome(project)}${isRunning ? ' (running)' : ''}`,
      ]),
    ],
    { columns: [{}, {}, { least: 12 }] },
  );
  context.print();
}

function printDryRun(
  { printJson, printText }: CommandContext,
  sessions: readonly ForgettableSession[],
  { json, clientFiles }: ForgetFlags,
): void {
  if (json === true) printJson({ sessions, dryRun: true });
  if (json === true || sessions.length === 0) return;
  const also = clientFiles === true ? ', and the files of Claude Code' : '';
  printText(
    `${plural(sessions.length, 'session')} would be forgotten: rows, events, logs, archive, search, views, notes${also}. Without --dry-run, \`waymark forget\` asks and deletes.`,
  );
}

async function isAgreed(
  { ask, warn, exitWith }: CommandContext,
  count: number,
  { yes, clientFiles }: ForgetFlags,
): Promise<boolean> {
  if (yes === true) return true;
  if (ask === undefined)
    throw new WaymarkError(
      'USAGE',
      'Cannot forget sessions: this is not a terminal, so it cannot ask',
      {
        remedy: 'Add --yes, or --dry-run to see what would be deleted.',
      },
    );
  const also = clientFiles === true ? ', with the files of Claude Code' : '';
  const answer = await ask(`Forget ${plural(count, 'session')} permanently${also}? [y/N] `);
  if (/^y(?:es)?$/i.test(answer.trim())) return true;
  warn('Nothing was deleted.');
  exitWith(130);
  return false;
}

const NOTHING = {
  sessions: [],
  rows: 0,
  files: 0,
  lines: 0,
  clientFiles: 0,
  clientFilesLeft: [],
  left: [],
};

function printResult(
  { print, printJson, warn, exitWith }: CommandContext,
  sessions: readonly ForgettableSession[],
  done: ForgetResult,
  { json }: ForgetFlags,
): void {
  if (done.left.length > 0) exitWith(1);
  if (json === true) {
    printJson({ sessions: sessions.map(({ id }) => id), ...done });
    return;
  }
  const { rows, files, lines, clientFiles, clientFilesLeft, left } = done;
  const client = clientFiles === 0 ? '' : `, ${plural(clientFiles, 'file')} of Claude Code`;
  print(
    `Forgot ${plural(sessions.length, 'session')}: ${plural(rows, 'row')}, ${plural(files, 'file')}, ${plural(lines, 'line')} of logs${client}.`,
  );
  for (const line of describeLeftFiles(clientFilesLeft, sessions.length)) print(line);
  if (left.length === 0)
    print('Searched every file of the state folder: none names these sessions.');
  for (const { path, session } of left) warn(`Still named in ${abbreviateHome(path)}: ${session}`);
}

/** Most files that are named. */
const NAMED_FILES = 3;

function describeLeftFiles(files: readonly string[], sessions: number): readonly string[] {
  if (files.length === 0) return [];
  const more = files.length - NAMED_FILES;
  return [
    `Claude Code still has ${plural(files.length, 'file')} of ${sessions === 1 ? 'it' : 'them'}, which waymark no longer reads. --client-files deletes such files, too:`,
    ...files.slice(0, NAMED_FILES).map((path) => `  ${abbreviateHome(path)}`),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ];
}
