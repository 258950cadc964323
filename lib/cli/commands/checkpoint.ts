import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { plural } from '../../core/units.ts';
import { keepFiles, type KeptFiles } from '../../actions/keep-files.ts';
import { type ManualCheckpoint, createManualCheckpoint } from '../../actions/manual-checkpoint.ts';
import { waitUntilStored } from '../../query/wait-until-stored.ts';
import { formatLeftOut } from '../text/snapshot-text.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface CheckpointFlags {
  readonly session?: string;
  readonly any?: boolean;
  readonly note?: string;
  readonly wait?: boolean;
  readonly files?: boolean;
  readonly plain?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark checkpoint                             of the session in this folder
  $ waymark checkpoint --note 'tests are green'
  $ waymark checkpoint --session 3ced9ec8 --wait   wait until it is stored
  $ waymark checkpoint --plain                     also without git`;

const PATIENCE_MS = 10_000;

/** `waymark checkpoint`: one by hand, never throttled. */
export const addCheckpoint: AddCommand = (program, context) => {
  program
    .command('checkpoint')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--any', 'last means the latest session of all folders')
    .option('--note <text>', 'a note about this checkpoint')
    .option('--wait', 'wait until it is stored')
    .option('--no-files', 'do not save the files of the work tree')
    .option('--plain', 'save files also in a folder without git, up to 256 MB')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CheckpointFlags) => {
      const { made, problem } = await makeCheckpoint(context, flags);
      const waits = flags.wait === true && made !== undefined;
      if (waits) await waitFor(context, made.id, made.hasWorker);
      const kept = flags.files === false ? undefined : await keep(context, flags, made, problem);
      if (flags.json === true)
        context.printJson({
          id: made?.id ?? null,
          session: made?.sessionId ?? null,
          stored: waits,
          files: kept?.snapshot.id ?? null,
        });
      else if (made !== undefined)
        context.print(
          `Checkpoint of session ${oneLine(made.sessionId).slice(0, 8)} is ${waits ? 'stored' : 'in the queue'}: ${made.id}`,
        );
      if (kept !== undefined && flags.json !== true) printKept(context, kept);
      if (made?.hasWorker === false && flags.wait !== true)
        context.warn(
          'No worker is running and autostart is off: start one with `waymark worker --detach`.',
        );
    });
};

interface Attempt {
  readonly made?: ManualCheckpoint;
  /** Why there is none. */
  readonly problem?: WaymarkError;
}

/** Where no session was recorded there may be files to keep. */
async function makeCheckpoint(context: CommandContext, flags: CheckpointFlags): Promise<Attempt> {
  try {
    return {
      made: await createManualCheckpoint(context.actionContext(), { ...flags, cwd: context.cwd }),
    };
  } catch (error) {
    const isAsked = flags.session !== undefined || flags.files === false;
    if (isAsked || !(error instanceof WaymarkError) || error.code !== 'NOT_FOUND') throw error;
    return { problem: error };
  }
}

/**
 * Keeps the files. Where they must not be kept, that is said, and the checkpoint is good all the
 * same.
 */
async function keep(
  context: CommandContext,
  { note, plain = false }: CheckpointFlags,
  made: ManualCheckpoint | undefined,
  problem: WaymarkError | undefined,
): Promise<KeptFiles | undefined> {
  try {
    return await keepFiles(context.actionContext(), {
      ...{ cause: 'manual', cwd: context.cwd, note, mayBePlain: plain },
      ...{ session: made?.sessionId, event: made?.id },
      onRepair: (text) => context.warn(`${text}.`),
    });
  } catch (error) {
    if (plain || !(error instanceof WaymarkError)) throw error;
    if (problem !== undefined && error.code !== 'SNAPSHOT_REFUSED') throw error;
    context.warn(context.runnable(`${reasonOf(error)}.\n${error.remedy}`));
    if (problem !== undefined) throw problem;
    return undefined;
  }
}

function printKept({ print, runnable }: CommandContext, { snapshot, leftOut }: KeptFiles): void {
  const { id, files } = snapshot;
  print(
    `Files are saved as ${id}: ${plural(files, 'file')}${leftOut.length === 0 ? '.' : ', without:'}`,
  );
  for (const line of formatLeftOut(leftOut)) print(line);
  print(runnable(`\`waymark diff ${id}\` shows what changes from now on.`));
}

/**
 * @throws {@link WaymarkError} WORKER_ABSENT when it does not come: at once where no worker can.
 */
async function waitFor({ folder }: CommandContext, id: string, hasWorker: boolean): Promise<void> {
  if (!hasWorker)
    throw new WaymarkError(
      'WORKER_ABSENT',
      `Cannot wait for checkpoint ${id}: no worker is running and autostart is off`,
      { remedy: 'It waits in the queue. Start a worker: `waymark worker --detach`' },
    );
  if (await waitUntilStored(folder(), [id], PATIENCE_MS)) return;
  throw new WaymarkError(
    'WORKER_ABSENT',
    `Cannot wait for checkpoint ${id}: it is not in the store after ${PATIENCE_MS / 1000} s`,
    { remedy: 'It waits in the queue; `waymark worker log` shows what the worker does.' },
  );
}
