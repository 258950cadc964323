import { WaymarkError } from '../../core/errors.ts';
import { manualCheckpoint } from '../../actions/manual-checkpoint.ts';
import { untilStored } from '../../query/until-stored.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface CheckpointFlags {
  readonly session?: string;
  readonly any?: boolean;
  readonly note?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark checkpoint                             of the session in this folder
  $ waymark checkpoint --note 'tests are green'
  $ waymark checkpoint --session 3ced9ec8 --wait   wait until it is stored`;

const PATIENCE_MS = 10_000;

/** `waymark checkpoint`: one by hand, never throttled. */
export const addCheckpoint: AddCommand = (program, context) => {
  program
    .command('checkpoint')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--any', 'last means the latest session of all folders')
    .option('--note <text>', 'what to remember about this moment')
    .option('--wait', 'wait until it is stored')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CheckpointFlags) => {
      const order = { ...flags, cwd: context.cwd };
      const { id, sessionId, isHeard } = await manualCheckpoint(context.acting(), order);
      const waits = flags.wait === true;
      if (waits) await waitFor(context, id, isHeard);
      if (flags.json === true) context.printJson({ id, session: sessionId, stored: waits });
      else
        context.print(
          `Checkpoint ${id} of session ${sessionId} is ${waits ? 'stored' : 'in the queue'}.`,
        );
      if (!isHeard && flags.wait !== true)
        context.warn(
          'No worker runs and autostart is off: start one with `waymark worker --detach`.',
        );
    });
};

/** @throws {@link WaymarkError} WORKER_ABSENT when it does not come: at once where no worker can. */
async function waitFor({ folder }: CommandContext, id: string, isHeard: boolean): Promise<void> {
  if (!isHeard)
    throw new WaymarkError(
      'WORKER_ABSENT',
      `Cannot wait for checkpoint ${id}: no worker runs and autostart is off`,
      { remedy: 'It is safe in the queue. Start a worker: `waymark worker --detach`' },
    );
  if (await untilStored(folder(), [id], PATIENCE_MS)) return;
  throw new WaymarkError(
    'WORKER_ABSENT',
    `Cannot wait for checkpoint ${id}: it is not in the store after ${PATIENCE_MS / 1000} s`,
    { remedy: 'It is safe in the queue; `waymark worker log` shows what the worker does.' },
  );
}
