import { Command, CommanderError } from 'commander';
import { WaymarkError } from '../core/errors.ts';
import { packageVersion } from '../core/package-folder.ts';
import { locateStateFolder } from '../core/state-folder.ts';
import type { AddCommand, CliSurroundings, CommandContext } from './command-context.ts';
import { addWorker } from './commands/worker.ts';
import { createPaint, wantsColour } from './paint.ts';

const COMMANDS: readonly AddCommand[] = [addWorker];

/**
 * Runs one command line of `waymark`.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage.
 */
export async function runCli(args: readonly string[], surroundings: CliSurroundings): Promise<number> {
  let status = 0;
  const context = contextFor(args, surroundings, (code) => {
    status = code;
  });
  const program = createProgram(context);
  for (const add of COMMANDS) add(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return failureStatus(error, surroundings, args);
  }
}

function contextFor(args: readonly string[], surroundings: CliSurroundings, exitWith: (code: number) => void): CommandContext {
  const print = (line = ''): void => void surroundings.stdout.write(`${line}\n`);
  return {
    ...surroundings,
    folder: () => locateStateFolder(surroundings.environment),
    paint: createPaint(wantsColour(surroundings.environment, surroundings.stdout.isTTY === true, args)),
    printJson: (value) => print(JSON.stringify(value, null, 2)),
    print,
    warn: (line) => void surroundings.stderr.write(`${line}\n`),
    exitWith,
  };
}

function createProgram({ stdout, stderr }: CommandContext): Command {
  return new Command('waymark')
    .description('Durable checkpoints and events for Claude Code')
    .version(packageVersion())
    .option('--no-color', 'plain text')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}

/** Expected faults are one line and their remedy; anything else is a bug of ours and shows its stack. */
function failureStatus(error: unknown, { stderr }: CliSurroundings, args: readonly string[]): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof WaymarkError) {
    if (args.includes('--json')) stderr.write(`${JSON.stringify({ error: { code: error.code, message: error.message, remedy: error.remedy } })}\n`);
    else stderr.write(`${error.message}\n${error.remedy}\n`);
    return error.code === 'USAGE' ? 2 : 1;
  }
  stderr.write(`This is a fault in waymark ${packageVersion()}, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
