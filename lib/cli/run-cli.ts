import type { Command } from 'commander';
import { WaymarkError } from '../core/errors.ts';
import { plainJson, terminalText } from '../core/one-line.ts';
import { lazy } from '../core/lazy.ts';
import { ownCommand, withOwnCommand } from '../core/own-command.ts';
import { packageFolder, packageVersion } from '../core/package-folder.ts';
import {
  locateStateFolder,
  locateUsableStateFolder,
  type StateFolder,
} from '../core/state-folder.ts';
import { type TeamWish, teamPlace } from '../query/team-place.ts';
import { storeError } from '../query/store-error.ts';
import type { CliEnvironment, CommandContext, LoadCommand } from './command-context.ts';
import { COMMANDS, GLOBAL_FLAGS } from './command-table.ts';
import { answerQuickly, parseQuickQuestion } from './quick-answer.ts';
import { createPaint, wantsColour } from './text/paint.ts';
import { wrapTo } from './text/display-width.ts';
import { alignColumns } from './text/table.ts';

/**
 * Runs one command line of `waymark`. Version and help are answered before anything else is loaded.
 * @param load Called for the command that the line names, and for `waymark` alone.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
 */
export async function runCli(
  args: readonly string[],
  surroundings: CliEnvironment,
  load: LoadCommand,
): Promise<number> {
  const question = parseQuickQuestion(args);
  const quick = answerQuickly(question, packageVersion);
  if (quick !== undefined) {
    surroundings.stdout.write(quick);
    return 0;
  }
  const words = question?.asks === 'help' ? [...question.command, '--help'] : args;
  return runCommandLine(words, surroundings, load);
}

async function runCommandLine(
  args: readonly string[],
  surroundings: CliEnvironment,
  load: LoadCommand,
): Promise<number> {
  let status = 0;
  const context = createContext(args, surroundings, (code) => {
    status = code;
  });
  const { findCalledCommands, createProgram, exitStatusOfHelp, refuseUnknownCommand } =
    await import('./program.ts');
  const program = await createProgram(context, findCalledCommands(args), load);
  const isAlone = args.every((arg) => GLOBAL_FLAGS.includes(arg));
  try {
    refuseUnknownCommand(program, args);
    refuseStore(args);
    if (isAlone) (await load('overview'))(program, context);
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return exitStatusOfHelp(error) ?? (await failureStatus(error, context, { args, program }));
  }
}

/** What the commands of one process work with. */
export function createContext(
  args: readonly string[],
  surroundings: CliEnvironment,
  exitWith: (code: number) => void,
): CommandContext {
  const hasColour = wantsColour(surroundings.environment, surroundings.stdout.isTTY === true, args);
  // nothing that was recorded may reach the terminal as more than letters, whatever a command
  // forgets
  const clean = args.includes('--json')
    ? plainJson
    : (text: string): string => terminalText(text, hasColour);
  const print = (line = ''): void => void surroundings.stdout.write(`${clean(line)}\n`);
  const folder = (): StateFolder => {
    const own = locateUsableStateFolder(surroundings.environment);
    const team = canReadTeam(args) ? teamPlace(own, readTeamWish(args), surroundings) : undefined;
    return team === undefined ? own : { ...own, team };
  };
  const own = lazy(() => surroundings.command ?? findOwnCommand(surroundings));
  const width = surroundings.stdout.columns || undefined; // a terminal of no size has 0
  return {
    ...surroundings,
    folder,
    actionContext: () => ({
      environment: surroundings.environment,
      clock: surroundings.clock,
      folder: folder(),
    }),
    paint: createPaint(hasColour),
    hasColour,
    ownCommand: own,
    runnable: (text) => withOwnCommand(text, own()),
    printJson: (value) =>
      void surroundings.stdout.write(`${plainJson(JSON.stringify(value, null, 2))}\n`),
    print,
    printText: (text) => {
      for (const line of wrapTo(withOwnCommand(text, own()), width)) print(line);
    },
    width,
    printTable: (rows, options) => {
      for (const line of alignColumns(rows, { ...options, width })) print(line);
    },
    warn: (line) => void surroundings.stderr.write(`${clean(line)}\n`),
    exitWith,
  };
}

/** @throws {@link WaymarkError} USAGE for a command that reads this machine alone. */
function refuseStore(args: readonly string[]): void {
  if (readTeamWish(args).store === undefined) return;
  const row = COMMANDS.find(({ name }) => name === calledName(args));
  if (row?.staysHere === undefined) return;
  throw new WaymarkError('USAGE', `Cannot use --store with waymark ${row.name}: ${row.staysHere}`, {
    remedy: `Run \`waymark ${row.name}\` on the machine of the session, without --store.`,
  });
}

function calledName(args: readonly string[]): string | undefined {
  return args.find((arg) => !arg.startsWith('-'));
}

function canReadTeam(args: readonly string[]): boolean {
  const name = calledName(args);
  return COMMANDS.some((row) => row.name === name && row.readsTeam === true);
}

/** What the options of a command say of a team, before the command is parsed. */
function readTeamWish(args: readonly string[]): TeamWish {
  const valueAfter = (flag: string): string | undefined => {
    const joined = args.find((arg) => arg.startsWith(`${flag}=`));
    if (joined !== undefined) return joined.slice(flag.length + 1);
    const at = args.indexOf(flag);
    return at < 0 ? undefined : args[at + 1];
  };
  return {
    store: valueAfter('--store'),
    host: valueAfter('--host'),
    person: valueAfter('--person'),
    repository: valueAfter('--repository'),
  };
}

function findOwnCommand({ cwd, environment }: CliEnvironment): string {
  return ownCommand({ packageFolder: packageFolder(), cwd, environment, bin: binOf(environment) });
}

function binOf(environment: CliEnvironment['environment']): string | undefined {
  return placeOf(environment)?.bin;
}

/** Where to look after a fault of waymark. */
function logsOf(environment: CliEnvironment['environment']): string {
  const place = placeOf(environment);
  return place === undefined ? '' : `; its logs are in ${place.log}`;
}

function placeOf(environment: CliEnvironment['environment']): StateFolder | undefined {
  try {
    return locateStateFolder(environment);
  } catch {
    return undefined; // no home: its own message says so
  }
}

/**
 * Expected faults are one line and their remedy; anything else is a bug of waymark and shows its
 * stack.
 */
async function failureStatus(
  error: unknown,
  { warn, runnable, environment }: CommandContext,
  { args, program }: { readonly args: readonly string[]; readonly program: Command },
): Promise<number> {
  const { commandAt, resolveRemedy, toUsageError } = await import('./usage-error.ts');
  const command = commandAt(program, args);
  const expected =
    error instanceof WaymarkError ? error : (toUsageError(command, error) ?? storeError(error));
  if (expected !== undefined) {
    const { code, message } = expected;
    const remedy = runnable(resolveRemedy(expected, command));
    warn(
      args.includes('--json')
        ? JSON.stringify({ error: { code, message, remedy } })
        : `${message}\n${remedy}`,
    );
    return code === 'INSTALL_CANCELLED' ? 130 : code === 'USAGE' ? 2 : 1;
  }
  warn(
    `This is a bug in waymark ${packageVersion()}${logsOf(environment)}. Please report it with this:\n${error instanceof Error ? error.stack : String(error)}`,
  );
  return 1;
}
