import { Option, type Command } from 'commander';
import { runWorker } from '../../worker/run-worker.ts';
import { settingFlags } from '../setting-flags.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface WorkerFlags {
  readonly once?: boolean;
  readonly shared?: boolean;
  readonly background?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark worker                     run in this terminal, log lines as they come
  $ waymark worker --detach            run in the background
  $ waymark worker --once              do what waits, then exit
  $ waymark worker --idle-exit 300     end after five minutes without work
`;

/** `waymark worker`: the process that applies events. */
export const addWorker: AddCommand = (program, context) => {
  const command = program
    .command('worker')
    .description('Apply events from the queue to the store')
    .option('--once', 'drain the queue and exit, also beside a running worker')
    .option('--shared', 'join workers that already serve the queue')
    .option('--json', 'log as JSON lines')
    .addOption(new Option('--background').hideHelp())
    .addHelpText('after', EXAMPLES);
  addSettingOptions(command);
  command.action(async (flags: WorkerFlags & Record<string, unknown>) => {
    const processed = await run(context, flags);
    if (flags.once === true && flags.json !== true) context.print(`${processed ?? 0} entries processed`);
  });
};

function run(context: CommandContext, flags: WorkerFlags & Record<string, unknown>): Promise<number | undefined> {
  return runWorker({
    folder: context.folder(),
    environment: context.environment,
    flags: settingFlags.read(flags),
    once: flags.once ?? false,
    shared: flags.shared ?? false,
    background: flags.background ?? false,
    json: flags.json ?? false,
    terminal: context.stderr,
  });
}

function addSettingOptions(command: Command): void {
  for (const { flag, doc } of settingFlags.list()) command.option(flag, doc);
}
