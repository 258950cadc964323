import type { Command } from 'commander';
import { WaymarkError } from '../core/errors.ts';
import { plainJson, terminalText } from '../core/one-line.ts';
import { lazy } from '../core/lazy.ts';
import { ownCommand, withOwnCommand } from '../core/own-command.ts';
import { packageFolder, packageVersion } from '../core/package-folder.ts';
import { locateStateFolder, usableStateFolder, type StateFolder } from '../core/state-folder.ts';
import { storeError } from '../query/store-error.ts';
import type { CliSurroundings, CommandContext, LoadCommand } from './command-context.ts';
import { GLOBAL_FLAGS } from './command-table.ts';
import { quickAnswer, quickQuestion } from './quick-answer.ts';
import { createPaint, wantsColour } from './text/paint.ts';
import { alignColumns } from './text/table.ts';

/**
 * Runs one command line of `waymark`. Version and help are answered before anything else is loaded.
 * @param load Called for the command that the line names, and for `waymark` alone.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
 */
export async function runCli(
  args: readonly string[],
  surroundings: CliSurroundings,
  load: LoadCommand,
): Promise<number> {
  const question = quickQuestion(args);
  const quick = quickAnswer(question, packageVersion);
  if (quick !== undefined) {
    surroundings.stdout.write(quick);
    return 0;
  }
  const words = question?.asks === 'help' ? [...question.command, '--help'] : args;
  return runCommandLine(words, surroundings, load);
}

async function runCommandLine(
  args: readonly string[],
  surroundings: CliSurroundings,
  load: LoadCommand,
): Promise<number> {
  let status = 0;
  const context = contextFor(args, surroundings, (code) => {
    status = code;
  });
  const { calledBy, createProgram, helpStatus, refuseUnknownCommand } = await import(
    './program.ts'
  );
  const program = await createProgram(context, calledBy(args), load);
  const isAlone = args.every((arg) => GLOBAL_FLAGS.includes(arg));
  try {
    refuseUnknownCommand(program, args);
    if (isAlone) (await load('overview'))(program, context);
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return helpStatus(error) ?? (await failureStatus(error, context, { args, program }));
  }
}

/** What the commands of one process work with. */
export function contextFor(
  args: readonly string[],
  surroundings: CliSurroundings,
  exitWith: (code: number) => void,
): CommandContext {
  const hasColour = wantsColour(surroundings.environment, surroundings.stdout.isTTY === true, args);
  // nothing that was recorded may reach the terminal as more than letters, whatever a command forgets
  const clean = args.includes('--json')
    ? plainJson
    : (text: string): string => terminalText(text, hasColour);
  const print = (line = ''): void => void surroundings.stdout.write(`${clean(line)}\n`);
  const folder = (): StateFolder => usableStateFolder(surroundings.environment);
  const own = lazy(() => surroundings.command ?? findOwnCommand(surroundings));
  const width = surroundings.stdout.columns || undefined; // a terminal of no size has 0
  return {
    ...surroundings,
    folder,
    acting: () => ({
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
    width,
    printTable: (rows, options) => {
      for (const line of alignColumns(rows, { ...options, width })) print(line);
    },
    warn: (line) => void surroundings.stderr.write(`${clean(line)}\n`),
    exitWith,
  };
}

function findOwnCommand({ cwd, environment }: CliSurroundings): string {
  return ownCommand({ packageFolder: packageFolder(), cwd, environment, bin: binOf(environment) });
}

function binOf(environment: CliSurroundings['environment']): string | undefined {
  return placeOf(environment)?.bin;
}

/** Where to look after a fault of ours. */
function logsOf(environment: CliSurroundings['environment']): string {
  const place = placeOf(environment);
  return place === undefined ? '' : `; its logs are in ${place.log}`;
}

function placeOf(environment: CliSurroundings['environment']): StateFolder | undefined {
  try {
    return locateStateFolder(environment);
  } catch {
    return undefined; // no home: its own message says so
  }
}

/** Expected faults are one line and their remedy; anything else is a bug of ours and shows its stack. */
async function failureStatus(
  error: unknown,
  { warn, runnable, environment }: CommandContext,
  { args, program }: { readonly args: readonly string[]; readonly program: Command },
): Promise<number> {
  const { commandAt, remedyOf, usageErrorOf } = await import('./usage-error.ts');
  const command = commandAt(program, args);
  const expected =
    error instanceof WaymarkError ? error : (usageErrorOf(command, error) ?? storeError(error));
  if (expected !== undefined) {
    const { code, message } = expected;
    const remedy = runnable(remedyOf(expected, command));
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
