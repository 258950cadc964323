import type { Command } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { queueDepth } from '../../queue/depth.ts';
import { queueFolder } from '../../queue/queue-folder.ts';
import { askToStop } from '../../worker/ask-to-stop.ts';
import { seeWorkers, type SeenWorker } from '../../query/workers.ts';
import { startWorker } from './background-worker.ts';
import { plural } from '../text/units.ts';
import type { CommandContext } from '../command-context.ts';

const STOP_EXAMPLES = `
Examples:
  $ waymark worker stop                every worker of this state folder
  $ waymark worker stop w1f2e          one; the beginning of its id is enough`;

const RESTART_EXAMPLES = `
Examples:
  $ waymark worker restart             stop, wait until it is done, start anew`;

/** What a worker gets to drain (two seconds) and leave, with room. */
const PATIENCE_MS = 10_000;

interface Stopped {
  readonly stopped: readonly string[];
  readonly silent: readonly SeenWorker[];
  /** Entries that wait for the next worker. */
  readonly left: number;
}

/** `waymark worker stop [ID]`: asks over the pipe and waits; kills nothing. */
export function addWorkerStop(worker: Command, context: CommandContext): void {
  worker
    .command('stop')
    .description('Ask workers to finish what they have and end')
    .argument('[id]', 'one worker, by the beginning of its id')
    .option('--json', 'print one JSON object')
    .addHelpText('after', STOP_EXAMPLES)
    .action(async (id: string | undefined, _flags: unknown, command: Command) => {
      const result = await stopWorkers(context.folder(), id, context.clock());
      report(result, context, command.optsWithGlobals()['json'] === true);
    });
}

/** `waymark worker restart [ID]`. */
export function addWorkerRestart(worker: Command, context: CommandContext): void {
  worker
    .command('restart')
    .description('Stop, then start in the background')
    .argument('[id]', 'one worker, by the beginning of its id')
    .option('--json', 'print one JSON object')
    .addHelpText('after', RESTART_EXAMPLES)
    .action(async (id: string | undefined, _flags: unknown, command: Command) => {
      const isJson = command.optsWithGlobals()['json'] === true;
      const result = await stopWorkers(context.folder(), id, context.clock());
      if (result.silent.length > 0) return report(result, context, isJson);
      const started = await startWorker(context);
      if (isJson) context.printJson({ stopped: result.stopped, id: started.id, pid: started.pid });
      else
        context.print(
          `${result.stopped.length === 0 ? 'No worker ran. ' : `Stopped ${result.stopped.join(', ')}. `}Worker ${started.id} runs in the background (pid ${started.pid})`,
        );
    });
}

async function stopWorkers(
  folder: StateFolder,
  id: string | undefined,
  now: number,
): Promise<Stopped> {
  const depth = queueDepth(queueFolder(folder.queue));
  const alive = seeWorkers(folder, depth, now).filter((worker) => worker.state !== 'dead');
  const chosen = id === undefined ? alive : alive.filter((worker) => worker.id.startsWith(id));
  if (id !== undefined && chosen.length !== 1) throw unclear(id, chosen, alive);
  const answers = await Promise.all(
    chosen.map(async (worker) => ({
      worker,
      answer: await askToStop({
        wakeFolder: folder.wake,
        worker: worker.id,
        patienceMs: PATIENCE_MS,
      }),
    })),
  );
  const { pending, delayed, processing } = queueDepth(queueFolder(folder.queue));
  const isGone = ({ worker, answer }: (typeof answers)[number]): boolean =>
    answer === 'stopped' || (answer === 'absent' && worker.mode === 'event-loop');
  return {
    stopped: answers.filter(isGone).map(({ worker }) => worker.id),
    silent: answers.filter((one) => !isGone(one)).map(({ worker }) => worker),
    left: pending + delayed + processing,
  };
}

function unclear(
  id: string,
  chosen: readonly SeenWorker[],
  alive: readonly SeenWorker[],
): WaymarkError {
  const names = (chosen.length > 1 ? chosen : alive).map((worker) => worker.id).join(', ');
  if (chosen.length > 1)
    return new WaymarkError('USAGE', `Cannot tell which worker ${id} is: ${names} begin so`, {
      remedy: 'Give more of the id.',
    });
  return new WaymarkError(
    'NOT_FOUND',
    `Cannot find worker ${id}: ${names === '' ? 'none runs' : `there is ${names}`}`,
    {
      remedy: '`waymark status` shows the workers.',
    },
  );
}

function report(
  { stopped, silent, left }: Stopped,
  context: CommandContext,
  isJson: boolean,
): void {
  if (silent.length > 0) context.exitWith(1);
  if (isJson) {
    context.printJson({ stopped, silent: silent.map(({ id, pid }) => ({ id, pid })), left });
    return;
  }
  if (stopped.length === 0 && silent.length === 0) context.print('No worker is running.');
  for (const id of stopped) context.print(`Worker ${id} has stopped.`);
  for (const { id, pid, mode } of silent) {
    const reason =
      mode === 'event-loop'
        ? `did not answer within ${PATIENCE_MS / 1000} s`
        : 'has no pipe to be asked over';
    context.warn(
      `Worker ${id} (pid ${pid ?? 'unknown'}) ${reason}; it was left alone. If that pid is a waymark worker, end it with: kill ${pid ?? 'PID'}`,
    );
  }
  context.print(
    left === 0
      ? 'Nothing is left in the queue.'
      : `${plural(left, 'entry', 'entries')} left in the queue; the next worker takes them.`,
  );
}
