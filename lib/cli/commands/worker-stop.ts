import type { Command } from 'commander';
import { startWorker } from '../../actions/background-worker.ts';
import { STOP_PATIENCE_MS, type StopResult, stopWorkers } from '../../actions/stop-workers.ts';
import { plural } from '../../core/units.ts';
import { ERRORS } from '../../core/errors.ts';
import { withStoreView } from '../../query/store-view.ts';
import type { CommandContext } from '../command-context.ts';

const STOP_EXAMPLES = `
Examples:
  $ waymark worker stop                every worker of this state folder
  $ waymark worker stop w1f2e          the beginning of an id is enough`;

const RESTART_EXAMPLES = `
Examples:
  $ waymark worker restart`;

/** `waymark worker stop [ID]`: asks over the pipe and waits; kills nothing. */
export function addWorkerStop(worker: Command, context: CommandContext): void {
  worker
    .command('stop')
    .description('Ask workers to finish their batch and stop')
    .argument('[id]', 'one worker, by its id or the beginning of it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', STOP_EXAMPLES)
    .action(async (id: string | undefined, _flags: unknown, command: Command) => {
      const result = await stopWorkers(context.actionContext(), id);
      report(result, context, command.optsWithGlobals()['json'] === true);
    });
}

/** `waymark worker restart [ID]`. */
export function addWorkerRestart(worker: Command, context: CommandContext): void {
  worker
    .command('restart')
    .description('Stop, then start in the background')
    .argument('[id]', 'one worker, by its id or the beginning of it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', RESTART_EXAMPLES)
    .action(async (id: string | undefined, _flags: unknown, command: Command) => {
      const isJson = command.optsWithGlobals()['json'] === true;
      const result = await stopWorkers(context.actionContext(), id);
      if (result.silent.length > 0) return report(result, context, isJson);
      const started = await startWorker(context.actionContext());
      warnAboutStore(context);
      if (isJson) context.printJson({ stopped: result.stopped, id: started.id, pid: started.pid });
      else
        context.print(
          `${result.stopped.length === 0 ? 'No worker was running. ' : `Stopped ${result.stopped.join(', ')}. `}Worker ${started.id} runs in the background (pid ${started.pid})`,
        );
    });
}

/** A worker also runs without its store, because it keeps the queue: say what it waits for. */
export function warnAboutStore(context: CommandContext): void {
  const text = withStoreView(context.folder(), (view) => {
    if (view.state === 'ok' || view.state === 'missing') return undefined;
    const isTooNew = view.remedy === ERRORS.STORE_TOO_NEW.remedy;
    if (view.state !== 'corrupt' && !isTooNew) return undefined; // it may answer in a moment
    const remedy = view.remedy ?? ERRORS.STORE_CORRUPT.remedy;
    return `Cannot use the store: ${view.message}; events stay in the queue.\n${remedy}`;
  });
  if (text === undefined) return;
  context.warn(text);
  context.exitWith(1);
}

function report(
  { stopped, silent, left }: StopResult,
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
        ? `did not answer within ${STOP_PATIENCE_MS / 1000} s`
        : 'has no pipe for the request';
    context.warn(
      `Worker ${id} (pid ${pid ?? 'unknown'}) ${reason}; nothing was done. If that process is a worker of waymark, stop it with: kill ${pid ?? 'PID'}`,
    );
  }
  context.print(
    left === 0
      ? 'Nothing is left in the queue.'
      : `${plural(left, 'entry', 'entries')} left in the queue; the next worker applies them.`,
  );
}
