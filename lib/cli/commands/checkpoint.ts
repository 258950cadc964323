import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { manualCheckpoint } from '../manual-checkpoint.ts';
import { readStore } from '../read/store-view.ts';
import { wakeWorker } from '../background-worker.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface CheckpointFlags {
  readonly session?: string;
  readonly note?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark checkpoint                             of the running session, else of the latest in this folder
  $ waymark checkpoint --note 'tests are green'
  $ waymark checkpoint --session 3ced9ec8 --wait   until it is in the store`;

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/** `waymark checkpoint`: one by hand, never throttled. */
export const addCheckpoint: AddCommand = (program, context) => {
  program
    .command('checkpoint')
    .description('Make a checkpoint of a session now')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--note <text>', 'what to remember about this moment')
    .option('--wait', 'return only when it is stored')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CheckpointFlags) => {
      const { id, sessionId } = manualCheckpoint(context, flags);
      const isHeard = wakeWorker(context);
      const storedAfter = flags.wait === true ? await untilStored(context, id, isHeard) : undefined;
      if (flags.json === true) context.printJson({ id, session: sessionId, stored: storedAfter !== undefined });
      else context.print(`Checkpoint ${id} of session ${sessionId} is ${storedAfter === undefined ? 'in the queue' : 'stored'}.`);
      if (!isHeard && flags.wait !== true) context.warn('No worker runs and autostart is off: start one with `waymark worker --detach`.');
    });
};

/** Milliseconds until the store had it. */
async function untilStored({ folder, clock }: CommandContext, id: string, isHeard: boolean): Promise<number> {
  const from = clock();
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
    if (isStored(folder(), id)) return clock() - from;
    await sleep(LOOK_AGAIN_MS);
  }
  const reason = isHeard ? `it is not in the store after ${PATIENCE_MS / 1000} s` : 'no worker runs and autostart is off';
  throw new WaymarkError('WORKER_ABSENT', `Cannot wait for checkpoint ${id}: ${reason}`, {
    remedy: 'It is safe in the queue; `waymark status` shows the worker.',
  });
}

function isStored(folder: ReturnType<CommandContext['folder']>, id: string): boolean {
  try {
    return readStore(folder, false, (database) => database.prepare('SELECT 1 FROM events WHERE id = ?').get(id) !== undefined);
  } catch (error) {
    if (error instanceof WaymarkError) return false; // locked for a moment, or being made
    throw error;
  }
}
