import type { Command } from 'commander';
import { groupBy } from '../../core/group-by.ts';
import { oneLine } from '../../core/one-line.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatBytes, formatCount, plural } from '../../core/units.ts';
import { packSession } from '../../actions/restore/pack-session.ts';
import {
  type RestoreResult,
  type RestoredFile,
  restoreSession,
} from '../../actions/restore/restore-session.ts';
import { unpackSession } from '../../actions/restore/unpack-session.ts';
import { findArchivedSession, isForgottenSession } from '../../query/archived-sessions.ts';
import { formatRestoredSessionAsJson } from '../json/restored-session-json.ts';
import type { CommandContext } from '../command-context.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface RestoreFlags {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly branch?: string;
  readonly any?: boolean;
  readonly json?: boolean;
}

interface PackFlags {
  readonly out?: string;
  readonly any?: boolean;
  readonly json?: boolean;
}

const RESTORE_EXAMPLES = `
Examples:
  $ waymark sessions restore 3ced9ec8 --dry-run    what would be written
  $ waymark sessions restore 3ced9ec8              then: claude --resume
  $ waymark sessions restore 3ced9ec8 --to .       continue in this folder
  $ waymark sessions restore 3ced9ec8 --branch main --dry-run`;

const PACK_EXAMPLES = `
Examples:
  $ waymark sessions pack 3ced9ec8                 all of it in one file
  $ waymark sessions pack last --out ~/last.waymark-session`;

const UNPACK_EXAMPLES = `
Examples:
  $ waymark sessions unpack 3ced9ec8.waymark-session --to . --dry-run
  $ waymark sessions unpack 3ced9ec8.waymark-session --to ~/app`;

/** `waymark sessions restore`, `pack` and `unpack`: bring a session back, here or elsewhere. */
export function addRestoreCommands(sessions: Command, context: CommandContext): void {
  // --json and --any are options of `sessions` as well, so commander gives them to that
  sessions
    .command('restore')
    .description('Restore session files that Claude Code deleted, cut or damaged')
    .argument('<session>', 'an id, the beginning of one, or last')
    .option('--to <dir>', 'continue in this folder instead of the one of the session')
    .option('--branch <name>', 'this branch of the transcript, not the one with most lines')
    .option('--any', 'last means the latest session of all folders')
    .option('--dry-run', 'show what would be written; change nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', RESTORE_EXAMPLES)
    .action((wanted: string, _own: RestoreFlags, command: Command) =>
      restore(context, wanted, command.optsWithGlobals<RestoreFlags>()),
    );
  sessions
    .command('pack')
    .description('Write all files of a session into one file, for another machine')
    .argument('<session>', 'an id, the beginning of one, or last')
    .option('--out <file>', 'the file to write; it must not exist')
    .option('--any', 'last means the latest session of all folders')
    .option('--json', 'print one JSON object')
    .addHelpText('after', PACK_EXAMPLES)
    .action((wanted: string, _own: PackFlags, command: Command) =>
      pack(context, wanted, command.optsWithGlobals<PackFlags>()),
    );
  sessions
    .command('unpack')
    .description('Put the files of a packed session where Claude Code looks for them')
    .argument('<file>', 'what `waymark sessions pack` wrote')
    .option('--to <dir>', 'continue in this folder instead of the one of the other machine')
    .option('--dry-run', 'show what would be written; change nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', UNPACK_EXAMPLES)
    .action((file: string, _own: RestoreFlags, command: Command) =>
      unpack(context, file, command.optsWithGlobals<RestoreFlags>()),
    );
}

async function restore(
  context: CommandContext,
  wanted: string,
  flags: RestoreFlags,
): Promise<void> {
  const scope = flags.any === true ? 'any' : context;
  const session = await findArchivedSession(context.folder(), wanted, scope);
  const restored = restoreSession(context.actionContext(), {
    ...{ session, cwd: context.cwd, to: flags.to, branch: flags.branch },
    isDryRun: flags.dryRun === true,
  });
  report(context, restored, flags);
}

async function unpack(context: CommandContext, file: string, flags: RestoreFlags): Promise<void> {
  const isForgotten = (session: string) => isForgottenSession(context.folder(), session);
  const restored = await unpackSession(context.actionContext(), {
    ...{ file, cwd: context.cwd, to: flags.to, isForgotten },
    isDryRun: flags.dryRun === true,
  });
  report(context, restored, flags);
}

async function pack(context: CommandContext, wanted: string, flags: PackFlags): Promise<void> {
  const scope = flags.any === true ? 'any' : context;
  const session = await findArchivedSession(context.folder(), wanted, scope);
  const packed = packSession(context.actionContext(), {
    session,
    cwd: context.cwd,
    out: flags.out,
  });
  if (flags.json === true) return context.printJson(packed);
  const size = `${formatBytes(packed.bytes)} in ${formatBytes(packed.packedBytes)}`;
  context.print(`${plural(packed.files, 'file')} of session ${oneLine(packed.session)}, ${size}:`);
  context.print(`  ${oneLine(packed.file)}`);
  for (const problem of packed.problems) context.warn(`Left out: ${oneLine(problem)}`);
  context.printText(
    'It contains everything that was said and read in that session, including secrets.',
  );
  context.print(
    context.runnable(
      `There: \`waymark sessions unpack ${shellWord(oneLine(nameOf(packed.file)))} --to FOLDER\``,
    ),
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const STEPS: Readonly<Record<RestoredFile['step'], readonly [done: string, planned: string]>> = {
  restore: ['restored', 'restore'],
  replace: ['replaced', 'replace'],
  repair: ['repaired', 'repair'],
  same: ['same', 'same'],
  keep: ['kept', 'keep'],
};

function report(context: CommandContext, restored: RestoreResult, flags: RestoreFlags): void {
  if (flags.json === true) {
    context.printJson(formatRestoredSessionAsJson(restored, flags.dryRun === true));
    return;
  }
  const { print, printTable, paint, warn } = context;
  const index = flags.dryRun === true ? 1 : 0;
  print(paint.bold(`Session ${oneLine(restored.session)}`));
  printTable(
    groupsOf(restored.files).map(({ step, kind, files }) => [
      STEPS[step][index],
      kind,
      paint.dim(sizeText(files)),
    ]),
    { columns: [{}, {}, { least: 20 }] },
  );
  for (const folder of foldersOf(restored)) print(`in ${abbreviateHome(oneLine(folder))}`);
  for (const line of notesOf(restored)) print(line);
  for (const { file, reason } of restored.faults)
    warn(`A part of ${abbreviateHome(oneLine(file))} cannot be read: ${oneLine(reason)}`);
  for (const path of restored.refused) warn(`Left out: ${oneLine(path)}`);
  print();
  print(context.runnable(nextText(restored, flags)));
}

interface FileGroup {
  readonly step: RestoredFile['step'];
  readonly kind: string;
  readonly files: readonly RestoredFile[];
}

/** Files of one kind that share their fate, as one line. */
function groupsOf(files: readonly RestoredFile[]): readonly FileGroup[] {
  const groups = groupBy(files, (file) => `${kindOf(file)}\n${file.step}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : { step: first.step, kind: kindOf(first), files: group };
  });
}

function kindOf({ path }: RestoredFile): string {
  const [top = '', ...rest] = path.split('/');
  if (top === 'file-history') return 'file history';
  if (top === 'tasks') return 'tasks';
  if (rest.length < 3) return 'transcript';
  if (path.includes('/subagents/')) return 'agents';
  return path.includes('/tool-results/') ? 'large results' : 'other files';
}

/** Folders of transcripts that come back, or config folders where there is none. */
function foldersOf({ files }: RestoreResult): readonly string[] {
  const transcripts = files.filter((file) => kindOf(file) === 'transcript');
  const shown = transcripts.length > 0 ? transcripts : files.slice(0, 1);
  return [...new Set(shown.map(({ target }) => target.slice(0, target.lastIndexOf('/'))))];
}

function sizeText(files: readonly RestoredFile[]): string {
  const bytes = formatBytes(files.reduce((sum, file) => sum + file.bytes, 0));
  const [first] = files;
  if (first === undefined || files.length > 1 || kindOf(first) !== 'transcript')
    return `${plural(files.length, 'file')}, ${bytes}`;
  const { lines = 0, liveLines, step } = first;
  const before =
    liveLines === undefined || step === 'same' ? '' : `; there: ${formatCount(liveLines)}`;
  return `${plural(lines, 'line')}, ${bytes}${before}`;
}

function notesOf({ files }: RestoreResult): readonly string[] {
  return files.flatMap(({ step, badLines, kept, target, otherBranches, branch }) => [
    ...(badLines > 0 && step !== 'same' && step !== 'keep'
      ? [
          `${plural(badLines, 'line')} of it cannot be read and ${badLines === 1 ? 'is' : 'are'} left out.`,
        ]
      : []),
    ...(kept === undefined ? [] : [`The previous file is now ${abbreviateHome(oneLine(kept))}.`]),
    ...(otherBranches.length === 0 || !target.endsWith('.jsonl')
      ? []
      : [`This is ${branch}; the archive also has ${otherBranches.join(', ')} (--branch NAME).`]),
  ]);
}

function nextText(
  { session, folder, isFolderThere, files }: RestoreResult,
  flags: RestoreFlags,
): string {
  const changes = files.some(({ step }) => step !== 'same' && step !== 'keep');
  if (flags.dryRun === true)
    return changes
      ? 'Nothing was changed (dry run).'
      : 'Nothing would change: Claude Code has everything.';
  const said = changes ? 'Continue' : 'Claude Code has everything. Continue';
  if (folder === undefined)
    return `${said} in the folder of the session: \`claude --resume ${session}\``;
  if (!isFolderThere)
    return `Its folder ${oneLine(folder)} is missing: create it, or choose another with \`waymark sessions restore ${session} --to FOLDER\``;
  return `${said}: \`cd ${shellWord(oneLine(folder))} && claude --resume ${session}\``;
}
