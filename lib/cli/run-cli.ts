import { Command, CommanderError } from 'commander';
import { WaymarkError } from '../core/errors.ts';
import { packageVersion } from '../core/package-folder.ts';
import { locateStateFolder } from '../core/state-folder.ts';
import type { AddCommand, CliSurroundings, CommandContext } from './command-context.ts';
import { addCheckpoint } from './commands/checkpoint.ts';
import { addConfig } from './commands/config.ts';
import { addDead } from './commands/dead.ts';
import { addDemo } from './commands/demo.ts';
import { addDispatch } from './commands/dispatch.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEmit } from './commands/emit.ts';
import { addEvents } from './commands/events.ts';
import { addFailures } from './commands/failures.ts';
import { addLog } from './commands/log.ts';
import { addReplay } from './commands/replay.ts';
import { addHandlers } from './commands/handlers.ts';
import { addResume } from './commands/resume.ts';
import { addRouting } from './commands/routing.ts';
import { addSchedule } from './commands/schedule.ts';
import { addSessions } from './commands/sessions.ts';
import { addShow } from './commands/show.ts';
import { addStatus } from './commands/status.ts';
import { addStatusline } from './commands/statusline.ts';
import { addTrace } from './commands/trace.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { addWorker } from './commands/worker.ts';
import { showOverview } from './overview.ts';
import { createPaint, wantsColour } from './paint.ts';
import { storeError } from './read/store-view.ts';
import { alignColumns } from './text/table.ts';
import { commandAt, remedyOf, usageError } from './usage-error.ts';

const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addSessions,
  addShow,
  addResume,
  addEvents,
  addTrace,
  addEmit,
  addLog,
  addReplay,
  addFailures,
  addRouting,
  addCheckpoint,
  addSchedule,
  addWorker,
  addDispatch,
  addHandlers,
  addDead,
  addConfig,
  addDoctor,
  addDemo,
  addStatusline,
  addWebhooks,
];

/**
 * Runs one command line of `waymark`.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
 */
export async function runCli(args: readonly string[], surroundings: CliSurroundings): Promise<number> {
  let status = 0;
  const context = contextFor(args, surroundings, (code) => {
    status = code;
  });
  const program = createProgram(context);
  for (const add of COMMANDS) add(program, context);
  try {
    if (args.every((arg) => arg === '--no-color')) await showOverview(program, context);
    else await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return failureStatus(error, context, { args, command: commandAt(program, args) });
  }
}

function contextFor(args: readonly string[], surroundings: CliSurroundings, exitWith: (code: number) => void): CommandContext {
  const print = (line = ''): void => void surroundings.stdout.write(`${line}\n`);
  const width = surroundings.stdout.columns || undefined; // a terminal of no size has 0
  return {
    ...surroundings,
    folder: () => locateStateFolder(surroundings.environment),
    paint: createPaint(wantsColour(surroundings.environment, surroundings.stdout.isTTY === true, args)),
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

function createProgram({ stdout, stderr }: CommandContext): Command {
  return new Command('waymark')
    .description('Durable checkpoints and events for Claude Code')
    .version(packageVersion())
    .option('--no-color', 'plain text')
    .showSuggestionAfterError()
    .addHelpText('after', '\nExit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled. WAYMARK_HOME moves all state.\n')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text), outputError: () => undefined });
}

/** Expected faults are one line and their remedy; anything else is a bug of ours and shows its stack. */
function failureStatus(error: unknown, { warn }: CommandContext, { args, command }: { readonly args: readonly string[]; readonly command: Command }): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code === 'commander.help') return 2; // it was shown in place of a command that is missing
  const expected = error instanceof WaymarkError ? error : error instanceof CommanderError ? usageError(command, error) : storeError(error);
  if (expected !== undefined) {
    const { code, message } = expected;
    const remedy = remedyOf(expected, command);
    warn(args.includes('--json') ? JSON.stringify({ error: { code, message, remedy } }) : `${message}\n${remedy}`);
    return code === 'USAGE' ? 2 : 1;
  }
  warn(`This is a fault in waymark ${packageVersion()}, please report it:\n${error instanceof Error ? error.stack : String(error)}`);
  return 1;
}
