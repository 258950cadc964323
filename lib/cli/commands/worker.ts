import { Option, type Command } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import type { WorkerReport } from '../../worker/worker-report.ts';
import { startWorker } from '../../actions/background-worker.ts';
import { CANCELLED } from '../on-interrupt.ts';
import { settingFlags } from './setting-flags.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { addWorkerLog } from './worker-log.ts';
import { addWorkerRestart, addWorkerStop, warnOfStore } from './worker-stop.ts';

interface WorkerFlags {
  readonly once?: boolean;
  readonly shared?: boolean;
  readonly detach?: boolean;
  readonly background?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark worker                     run here, print log lines
  $ waymark worker --detach            run in the background
  $ waymark worker --once              empty the queue, then exit
  $ waymark worker --idle-exit 300     end after five minutes without work
  $ waymark worker stop                let it finish its batch and stop
  $ waymark worker log --follow        follow its log`;

/** `waymark worker`: the process that applies events, and what there is to do about it. */
export const addWorker: AddCommand = (program, context) => {
  const command = program
    .command('worker')
    .option('--once', 'empty the queue and exit, also beside a running worker')
    .option('--shared', 'join workers that already serve the queue')
    .option('--detach', 'start in the background and return')
    .option('--json', 'log as JSON lines')
    .addOption(new Option('--background').hideHelp())
    .addHelpText('after', EXAMPLES);
  addSettingOptions(command);
  addWorkerStop(command, context);
  addWorkerRestart(command, context);
  addWorkerLog(command, context);
  command.action(async (flags: WorkerFlags & Record<string, unknown>) => {
    if (flags.detach === true) return detach(context, flags);
    const report = await run(context, flags);
    if (flags.once === true && report?.isCut === true) context.exitWith(CANCELLED);
    if (flags.once === true && flags.json !== true)
      context.print(`${report?.processed ?? 0} entries processed`);
  });
};

async function detach(
  context: CommandContext,
  flags: WorkerFlags & Record<string, unknown>,
): Promise<void> {
  if (flags.once === true || flags.shared === true)
    throw new WaymarkError('USAGE', 'Cannot combine --detach with --once or --shared', {
      remedy: 'See `waymark worker --help`.',
    });
  const settings = settingFlags.write(settingFlags.read(flags));
  const { id, pid, isNew } = await startWorker(context.acting(), settings);
  warnOfStore(context);
  if (flags.json === true) context.printJson({ id, pid, started: isNew });
  else
    context.print(
      isNew
        ? `Worker ${id} runs in the background (pid ${pid})`
        : `Worker ${id} (pid ${pid}) already serves this queue`,
    );
}

async function run(
  context: CommandContext,
  flags: WorkerFlags & Record<string, unknown>,
): Promise<WorkerReport | undefined> {
  const { runWorker } = await import('../../worker/run-worker.ts');
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
