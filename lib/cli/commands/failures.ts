import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import type { JsonObject } from '../../core/json.ts';
import { realPathOr } from '../../core/state-folder.ts';
import {
  changePattern,
  PATTERN_ACTIONS,
  type PatternRequest,
} from '../../actions/change-patterns.ts';
import { exportFailures, importFailures } from '../../actions/exchange-failures.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import {
  countFailedCalls,
  type FailureFilter,
  requirePattern,
  listPatterns,
  readKnowledgeFile,
  type StoredPattern,
  summarizePattern,
} from '../../query/failures.ts';
import { countRows } from '../../query/builder.ts';
import { countHookMessages, NO_HOOK_MESSAGES } from '../../query/hook-messages.ts';
import { queryStore } from '../../query/store-view.ts';
import { formatFailureTable, formatFailure, formatUnlearned } from '../text/failure-text.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { parseLimit } from '../text/parse-when.ts';
import { plural } from '../../core/units.ts';

interface ListFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly limit?: string;
  readonly project?: string;
}

interface Listed {
  readonly patterns: readonly StoredPattern[];
  /** How many are known in all, and how many calls failed, where none is listed. */
  readonly total: number;
  readonly failed: number;
}

const EXAMPLES = `
Examples:
  $ waymark failures list --project .       what fails here, and what worked
  $ waymark failures show pat_3f9c          the beginning of an id is enough
  $ waymark failures set pat_3f9c ask       ask you before it runs again
  $ waymark failures mute pat_3f9c          never warn about it
  $ waymark failures export knowledge.json  to import it on another machine`;

/** `waymark failures`: what was learned from failures, and what is to be done about it. */
export const addFailures: AddCommand = (program, context) => {
  const failures = program.command('failures').addHelpText('after', EXAMPLES);
  addList(failures, context);
  addShow(failures, context);
  const changing = (name: string, description: string, example: string): Command =>
    failures
      .command(name)
      .description(description)
      .argument('<id>', 'an id, or the beginning of one')
      .option('--json', 'print one JSON object')
      .addHelpText('after', `\nExamples:\n  $ waymark failures ${example}`);
  const change = (wish: PatternRequest) => (id: string, flags: ListFlags) =>
    changeOne(context, id, wish, flags);
  changing('set', 'Choose what happens when the command is about to run again', 'set pat_3f9c deny')
    .addArgument(new Argument('<action>', 'what to do').choices(PATTERN_ACTIONS))
    .action((id: string, action: string, flags: ListFlags) =>
      changeOne(context, id, { kind: 'set', action }, flags),
    );
  changing('mute', 'Never warn about a pattern', 'mute pat_3f9c').action(
    change({ kind: 'set', action: 'mute' }),
  );
  changing('unmute', 'Undo mute or set', 'unmute pat_3f9c').action(change({ kind: 'reset' }));
  changing('confirm', 'Confirm that the fix is right, so that it stays', 'confirm pat_3f9c').action(
    change({ kind: 'confirm' }),
  );
  changing('delete', 'Delete a pattern; a new failure creates it again', 'delete pat_3f9c').action(
    change({ kind: 'delete' }),
  );
  addExchange(failures, context);
};

function addList(failures: Command, context: CommandContext): void {
  failures
    .command('list', DEFAULT_SUBCOMMAND)
    .description('List failure patterns, latest first')
    .option('--json', 'print a JSON array')
    .option('--project <path>', 'only patterns of this folder and below, and global ones')
    .option('--limit <n>', 'list at most this many', '50')
    .option('--all', 'list all of them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark failures list --project .\n  $ waymark failures list --all --json',
    )
    .action(async (flags: ListFlags) => {
      const limit =
        flags.all === true ? Number.POSITIVE_INFINITY : parseLimit(flags.limit ?? '50', '--limit');
      const filter = { limit, ...projectOf(context, flags) };
      const { patterns, total, failed } = await queryStore<Listed>(
        context.folder(),
        { patterns: [], total: 0, failed: 0 },
        async (database) => {
          const found = await listPatterns(database, filter);
          return {
            patterns: found,
            total: found.length > 0 ? 0 : await countRows(database, 'failure_patterns'),
            failed: found.length > 0 ? 0 : await countFailedCalls(database),
          };
        },
      );
      if (flags.json === true) context.printJson(patterns.map(summarizePattern));
      else if (patterns.length === 0 && total === 0 && failed > 0)
        for (const line of formatUnlearned(failed)) context.print(context.runnable(line));
      else if (patterns.length === 0)
        context.print(
          context.runnable(
            formatEmptyList(context.folder(), {
              what: 'failures',
              where: filter.project,
              elsewhere: total,
              all: 'waymark failures list',
            }),
          ),
        );
      else
        for (const line of formatFailureTable(patterns, {
          ...context,
          now: context.clock(),
          width: context.width,
        }))
          context.print(line);
    });
}

function addShow(failures: Command, context: CommandContext): void {
  failures
    .command('show')
    .description('Show everything known about one pattern')
    .argument('<id>', 'an id, or the beginning of one')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark failures show pat_3f9c')
    .action(async (id: string, flags: ListFlags) => {
      const stored = await requirePattern(context.folder(), id);
      const warned = await queryStore(context.folder(), NO_HOOK_MESSAGES, (database) =>
        countHookMessages(database, 'failure', stored.pattern.id),
      );
      if (flags.json === true)
        context.printJson({
          ...summarizePattern(stored),
          lastCommand: stored.pattern.lastCommand,
          successesSince: stored.pattern.successesSince,
          warned,
        });
      else
        for (const line of formatFailure(stored, { ...context, now: context.clock(), warned }))
          context.print(line);
    });
}

function addExchange(failures: Command, context: CommandContext): void {
  failures
    .command('export')
    .description('Write patterns as JSON to standard output or into a file')
    .argument('[file]', 'replaced if it exists')
    .option('--project <path>', 'only patterns of this folder and below, and global ones')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark failures export knowledge.json\n  $ waymark failures export --project . | jq .patterns',
    )
    .action(async (file: string | undefined, flags: ListFlags) => {
      const project = projectOf(context, flags);
      if (file === undefined) {
        context.printJson(await readKnowledgeFile(context.folder(), project, context.clock()));
        return;
      }
      const order = { ...project, file: resolve(context.cwd, file) };
      const count = await exportFailures(context.actionContext(), order);
      context.print(`${plural(count, 'pattern')} exported to ${file}.`);
    });
  failures
    .command('import')
    .description('Import patterns that another waymark exported; repeating changes nothing')
    .argument('<file>', 'a file from export; - for standard input')
    .option('--everywhere', 'apply them in every project, not only under the paths they name')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark failures import knowledge.json --everywhere')
    .action(async (file: string, flags: ListFlags & { readonly everywhere?: boolean }) => {
      const result = await importFailures(context.actionContext(), {
        file: file === '-' ? file : resolve(context.cwd, file),
        everywhere: flags.everywhere === true,
      });
      report(context, { ...result }, `${plural(result.imported, 'pattern')} imported`, flags);
    });
}

async function changeOne(
  context: CommandContext,
  id: string,
  wish: PatternRequest,
  flags: ListFlags,
): Promise<void> {
  const { patternId, change, isStored } = await changePattern(context.actionContext(), id, wish);
  report(
    context,
    { id: patternId, ...change, stored: isStored },
    `${patternId} ${done(change)}`,
    flags,
  );
}

function report(
  context: CommandContext,
  result: { readonly stored: boolean } & JsonObject,
  said: string,
  { json }: ListFlags,
): void {
  if (json === true) context.printJson(result);
  else context.print(result.stored ? `${said}.` : `${said}: queued.`);
  if (!result.stored)
    context.warn(
      context.runnable(
        'It waits in the queue for a worker; `waymark status` shows whether one is running.',
      ),
    );
}

function done(change: JsonObject): string {
  if (change['deleted'] === true) return 'deleted';
  if (change['confirmed'] !== undefined) return 'confirmed';
  return change['action'] === 'default'
    ? 'unmuted'
    : change['action'] === 'mute'
      ? 'muted'
      : `set to ${String(change['action'])}`;
}

function projectOf(
  { cwd }: CommandContext,
  { project }: ListFlags,
): Pick<FailureFilter, 'project'> {
  return project === undefined ? {} : { project: realPathOr(resolve(cwd, project)) };
}
