import type { WorkerReport } from '../../worker/worker-report.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { CANCELLED } from '../on-interrupt.ts';
import { settingFlags } from './setting-flags.ts';
import { plural } from '../../core/units.ts';

interface DispatchFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly workers?: string;
}

const EXAMPLES = `
Examples:
  $ waymark dispatch                       apply and deliver, then exit
  $ waymark dispatch --json                for a script
  */5 * * * * waymark dispatch             in a crontab, without a worker

If a worker is running, it only helps with the queue. It does not wait for
deliveries that are due later.
Exit status: 0 done, or waiting for a retry; 1 something failed permanently,
or the store is unavailable; 130 cancelled.`;

/** `waymark dispatch`: drains queue and outbox once. */
export const addDispatch: AddCommand = (program, context) => {
  program
    .command('dispatch')
    .option('--workers <count>', 'most deliveries that run at once')
    .option('--verbose', 'log lines as they come')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DispatchFlags) => {
      const report = await dispatch(context, flags);
      if (flags.json === true) context.printJson(summaryOf(report));
      else for (const line of linesOf(report)) context.print(line);
      if (report?.isCut === true) context.exitWith(CANCELLED);
      else if (report !== undefined && report.dead + report.deliveries.dead > 0)
        context.exitWith(1);
    });
};

async function dispatch(
  context: CommandContext,
  { workers, verbose }: DispatchFlags,
): Promise<WorkerReport | undefined> {
  const flags = settingFlags.read({ workers });
  const terminal = verbose === true ? context.stderr : { write: () => true };
  const { runWorker } = await import('../../worker/run-worker.ts');
  return runWorker({
    folder: context.folder(),
    environment: context.environment,
    flags,
    once: true,
    shared: false,
    background: false,
    json: false,
    terminal,
  });
}

/** `dispatch --json`. Field names are a contract. */
function summaryOf(report: WorkerReport | undefined): Readonly<Record<string, unknown>> {
  const { processed = 0, failed = 0, dead = 0, led = false, deliveries } = report ?? {};
  return {
    applied: processed,
    failed,
    dead,
    delivers: led,
    deliveries: deliveries ?? { delivered: 0, failed: 0, dead: 0 },
  };
}

function linesOf(report: WorkerReport | undefined): readonly string[] {
  if (report === undefined) return [];
  const { processed, failed, dead, led, deliveries } = report;
  const entries = `${plural(processed, 'entry', 'entries')} applied${formatFailures(failed, dead)}.`;
  if (!led) return [entries, 'A running worker makes the deliveries.'];
  return [
    entries,
    `${plural(deliveries.delivered, 'delivery', 'deliveries')} made${formatFailures(deliveries.failed, deliveries.dead)}.`,
  ];
}

function formatFailures(failed: number, dead: number): string {
  return `${failed === 0 ? '' : `, ${failed} failed`}${dead === 0 ? '' : `, ${dead} failed permanently`}`;
}
