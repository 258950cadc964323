import { Option, type Command } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import type { WorkerReport } from '../../worker/worker-report.ts';
import { startWorker } from '../../actions/background-worker.ts';
import { feedAddress, type PasswordFileFlags, passwordFileOf } from '../feed-options.ts';
import { CANCELLED } from '../on-interrupt.ts';
import { plural } from '../../core/units.ts';
import { settingFlags } from './setting-flags.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { addWorkerLog } from './worker-log.ts';
import { addWorkerRestart, addWorkerStop, warnAboutStore } from './worker-stop.ts';

interface WorkerFlags extends PasswordFileFlags {
  readonly once?: boolean;
  readonly shared?: boolean;
  readonly detach?: boolean;
  readonly background?: boolean;
  readonly json?: boolean;
  readonly from?: string;
  readonly store?: string;
}

const WHAT = 'apply the streams of a team';

const EXAMPLES = `
Examples:
  $ waymark worker                     run here, print log lines
  $ waymark worker --detach            run in the background
  $ waymark worker --once              apply the queue, then exit
  $ waymark worker --from redis://hub --store postgres://db/team
  $ waymark worker --idle-exit 300     exit after five minutes without work
  $ waymark worker stop                let it finish its batch and stop
  $ waymark worker log --follow        follow its log`;

/** `waymark worker`: runs the process that applies events, and controls it. */
export const addWorker: AddCommand = (program, context) => {
  const command = program
    .command('worker')
    .option('--once', 'apply the queue and exit, also while a worker is running')
    .option('--shared', 'join workers that are already running')
    .option('--detach', 'start in the background and return')
    .option('--json', 'log as JSON lines')
    .option('--from <url>', 'apply the streams of a team at redis://HOST instead of a queue')
    .option('--store <url>', 'with --from: the postgres://HOST/DATABASE to apply them to')
    .option('--from-password-file <file>', 'file with the password of --from')
    .option('--store-password-file <file>', 'file with the password of --store')
    .addOption(new Option('--background').hideHelp())
    .addHelpText('after', EXAMPLES);
  addSettingOptions(command);
  addWorkerStop(command, context);
  addWorkerRestart(command, context);
  addWorkerLog(program, context);
  command.action(async (flags: WorkerFlags & Record<string, unknown>) => {
    if (flags.from !== undefined || flags.store !== undefined) return runFeed(context, flags);
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
    throw new WaymarkError(
      'USAGE',
      'Cannot use --detach with --once or --shared: those run in the foreground',
      {
        remedy: 'See `waymark worker --help`.',
      },
    );
  const settings = settingFlags.write(settingFlags.read(flags));
  const { id, pid, isNew } = await startWorker(context.actionContext(), settings);
  warnAboutStore(context);
  if (flags.json === true) context.printJson({ id, pid, started: isNew });
  else
    context.print(
      isNew
        ? `Worker ${id} runs in the background (pid ${pid})`
        : `Worker ${id} (pid ${pid}) already serves this queue`,
    );
}

/** `waymark worker --from URL --store URL`: applies the streams of a team. */
async function runFeed(
  context: CommandContext,
  flags: WorkerFlags & Record<string, unknown>,
): Promise<void> {
  const { once = false, json = false } = flags;
  const from = feedAddress(context, {
    ...{ given: flags.from, variable: 'WAYMARK_FROM_URL', flag: '--from', what: WHAT },
  });
  const store = feedAddress(context, {
    ...{ given: flags.store, variable: 'WAYMARK_STORE_URL', flag: '--store', what: WHAT },
  });
  if (flags.detach === true || flags.shared === true)
    throw new WaymarkError(
      'USAGE',
      'Cannot use --from with --detach or --shared: a worker of a team runs alone, in the foreground',
      {
        remedy: 'See `waymark docs team` for a service.',
      },
    );
  const { runFeedWorker } = await import('../../worker/run-feed-worker.ts');
  const { entries, rows, dead } = await runFeedWorker({
    ...{ from, store, once, json, environment: context.environment, terminal: context.stderr },
    ...passwordFileOf(context, flags, 'fromPasswordFile'),
    ...passwordFileOf(context, flags, 'storePasswordFile'),
  });
  if (!once) return;
  if (json) context.printJson({ entries, rows, dead });
  else context.print(`${plural(entries, 'entry', 'entries')} applied, ${plural(rows, 'row')}`);
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
