import { type Command, CommanderError } from 'commander';
import { WaymarkError } from '../core/errors.ts';
import { packageVersion } from '../core/package-folder.ts';
import { locateStateFolder } from '../core/state-folder.ts';
import type { CliSurroundings, CommandContext } from './command-context.ts';
import { showOverview } from './commands/overview.ts';
import { createPaint, wantsColour } from './text/paint.ts';
import { createProgram } from './program.ts';
import { storeError } from '../query/store-view.ts';
import { alignColumns } from './text/table.ts';
import { commandAt, remedyOf, usageError } from './usage-error.ts';

/**
 * Runs one command line of `waymark`.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
 */
export async function runCli(
  args: readonly string[],
  surroundings: CliSurroundings,
): Promise<number> {
  let status = 0;
  const context = contextFor(args, surroundings, (code) => {
    status = code;
  });
  const program = createProgram(context);
  try {
    if (args.every((arg) => arg === '--no-color')) await showOverview(program, context);
    else await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return failureStatus(error, context, { args, command: commandAt(program, args) });
  }
}

function contextFor(
  args: readonly string[],
  surroundings: CliSurroundings,
  exitWith: (code: number) => void,
): CommandContext {
  const print = (line = ''): void => void surroundings.stdout.write(`${line}\n`);
  const width = surroundings.stdout.columns || undefined; // a terminal of no size has 0
  return {
    ...surroundings,
    folder: () => locateStateFolder(surroundings.environment),
    paint: createPaint(
      wantsColour(surroundings.environment, surroundings.stdout.isTTY === true, args),
    ),
    printJson: (value) => print(JSON.stringify(value, null, 2)),
    print,
    width,
    printTable: (rows, options) => {
      for (const line of alignColumns(rows, { ...options, width })) print(line);
    },
    warn: (line) => void surroundings.stderr.write(`${line}\n`),
    exitWith,
  };
}

/** Expected faults are one line and their remedy; anything else is a bug of ours and shows its stack. */
function failureStatus(
  error: unknown,
  { warn }: CommandContext,
  { args, command }: { readonly args: readonly string[]; readonly command: Command },
): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code === 'commander.help') return 2; // it was shown in place of a command that is missing
  const expected =
    error instanceof WaymarkError
      ? error
      : error instanceof CommanderError
        ? usageError(command, error)
        : storeError(error);
  if (expected !== undefined) {
    const { code, message } = expected;
    const remedy = remedyOf(expected, command);
    warn(
      args.includes('--json')
        ? JSON.stringify({ error: { code, message, remedy } })
        : `${message}\n${remedy}`,
    );
    return code === 'USAGE' ? 2 : 1;
  }
  warn(
    `This is a fault in waymark ${packageVersion()}, please report it:\n${error instanceof Error ? error.stack : String(error)}`,
  );
  return 1;
}
