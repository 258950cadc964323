import type { HandlerTrial } from '../../actions/try-handler.ts';
import {
  LANGUAGE_NAMES,
  findTypeScriptInstallCommand,
  createHandler,
  parseHandlerName,
} from '../../actions/new-handler.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import { addStats } from './handlers-stats.ts';
import { oneLine } from '../../core/one-line.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface TestFlags extends JsonFlag {
  readonly event?: string;
  readonly type?: string;
}

interface NewFlags extends JsonFlag {
  readonly shell?: boolean;
  readonly python?: boolean;
  readonly ts?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark handlers new notify --shell               a handler to start from
  $ waymark handlers test notify --type task.failed   run it once
  $ waymark handlers list                             all handlers, with state`;

/** `waymark handlers`: programs and modules of the user's that get events. */
export const addHandlers: AddCommand = (program, context) => {
  const handlers = program.command('handlers').addHelpText('after', EXAMPLES);
  addStats(handlers, context);
  handlers
    .command('list', DEFAULT_SUBCOMMAND)
    .description('List all handlers, including refused and built-in ones')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark handlers list --json')
    .action((flags: JsonFlag) => list(context, flags));
  handlers
    .command('test')
    .description('Run a handler once, outside the outbox; exits with 1 unless it succeeds')
    .argument('<name>', 'its name, with or without user/')
    .option('--event <id>', 'id of a stored event, or a file with one')
    .option(
      '--type <type>',
      'an example of this type (default: the latest stored event that it handles)',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark handlers test notify --event event.json\n  $ waymark handlers test notify --type checkpoint.created',
    )
    .action((name: string, flags: TestFlags) => test(context, name, flags));
  handlers
    .command('new')
    .description('Write a working handler to start from')
    .argument('<name>', 'letters, digits, _ and -; may end in .sh, .py or .ts')
    .option('--shell', 'in shell, the default')
    .option('--python', 'in Python')
    .option('--ts', 'in TypeScript')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark handlers new notify --python\n  $ waymark handlers new notify.py',
    )
    .action((name: string, flags: NewFlags) => make(context, name, flags));
};

async function list(context: CommandContext, { json }: JsonFlag): Promise<void> {
  const { folder, print, printJson, paint, printTable, runnable } = context;
  const { listHandlers } = await import('../../query/handlers.ts');
  const { rows, problem } = await listHandlers(context.actionContext());
  if (json === true) {
    printJson(rows);
    return;
  }
  if (rows.every(({ kind }) => kind === 'builtin'))
    print(
      runnable(
        `You have no handlers. Create one: \`waymark handlers new NAME\`\nOr put a program into ${abbreviateHome(folder().root)}/handlers.`,
      ),
    );
  printTable(
    rows.map(({ name, kind, state, on, reason }) => [
      name,
      state === 'ready' ? paint.green(state) : paint.red(state),
      paint.dim(kind === 'builtin' ? 'built in' : kind),
      state === 'ready' ? paint.cyan((on ?? []).join(' ')) : oneLine(reason ?? ''),
    ]),
    { columns: [{ least: 16 }, {}, { gives: 1 }, { least: 24 }] },
  );
  if (problem !== undefined) print(`${paint.red('No handler runs')}: ${problem}`);
}

async function test(context: CommandContext, name: string, flags: TestFlags): Promise<void> {
  const { cwd } = context;
  const { tryHandler } = await import('../../actions/try-handler.ts');
  const interrupt = onInterrupt();
  const trial = await tryHandler(
    context.actionContext(),
    name,
    { ...flags, cwd },
    interrupt.signal,
  ).finally(() => interrupt.forget());
  const { event, isWanted, result, ms, isCancelled, emitted } = trial;
  if (result.state !== 'done') context.exitWith(isCancelled ? CANCELLED : 1);
  if (flags.json !== true) {
    printTrial(context, trial);
    return;
  }
  context.printJson({
    name: trial.name,
    eventId: event.event_id,
    eventType: event.event_type,
    wanted: isWanted,
    state: result.state,
    reason: 'reason' in result ? result.reason : null,
    output: 'output' in result ? (result.output ?? '') : '',
    ms,
    emitted,
  });
}

function printTrial(
  { print, paint }: CommandContext,
  { name, event, isWanted, result, ms, emitted }: HandlerTrial,
): void {
  const state = result.state === 'done' ? paint.green('done') : paint.red(result.state);
  print(`${name} ${state} in ${ms} ms, with ${event.event_type} ${paint.dim(event.event_id)}`);
  if ('reason' in result) print(oneLine(result.reason));
  if (!isWanted)
    print(
      paint.yellow('A worker would not give it this event: its types or its filter do not match.'),
    );
  if ('output' in result && result.output !== undefined)
    print(result.output.split('\n').map(oneLine).join('\n'));
  for (const one of emitted)
    print(paint.dim(`would emit ${one.event_type} ${JSON.stringify(one.payload)}`));
}

async function make(
  context: CommandContext,
  given: string,
  { shell, python, ts, json }: NewFlags,
): Promise<void> {
  const { name, language: named } = parseHandlerName(given);
  const flags = { shell, python, ts };
  const asked = LANGUAGE_NAMES.filter((language) => flags[language] === true || named === language);
  if (asked.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot create a handler in ${asked.join(' and ')} at the same time`,
    );
  const [language = 'shell'] = asked;
  const path = await createHandler(context.folder(), name, language);
  const missing = language === 'ts' ? findTypeScriptInstallCommand(context.folder()) : undefined;
  if (json === true) {
    context.printJson({ path, ...(missing === undefined ? {} : { needs: missing }) });
    return;
  }
  if (missing !== undefined)
    context.print(`TypeScript needs tsx on this Node. Install it once:\n  ${missing}`);
  context.printText(`Wrote ${path}. It logs every failed call; change what it does, then test it:`);
  context.print(`  ${context.ownCommand()} handlers test ${name}`);
}
