import {
  type CheckpointDiff,
  diffCheckpoints,
  isCheckpointName,
} from '../../query/snapshots/diff-checkpoints.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount } from '../../core/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { formatDiffHead, formatPatch, formatDiffStat, formatWork } from '../text/snapshot-text.ts';

interface DiffFlags {
  readonly stat?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark diff last                   what changed since the latest checkpoint
  $ waymark diff 3f9c 81ab              between two checkpoints
  $ waymark diff 3f9c src/total.ts      one file, up to now
  $ waymark diff 3f9c --stat            only the list of files`;

/** `waymark diff A [B] [PATH…]`: how two kept states differ. */
export const addDiff: AddCommand = (program, context) => {
  program
    .command('diff')
    .argument('<from>', 'a checkpoint: its id, the beginning of one, or last')
    .argument('[paths...]', 'a second checkpoint (default: now), then files and folders')
    .option('--stat', 'list only the files')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((from: string, rest: readonly string[], flags: DiffFlags) =>
      diff(context, from, rest, flags),
    );
};

async function diff(
  context: CommandContext,
  from: string,
  rest: readonly string[],
  flags: DiffFlags,
): Promise<void> {
  const { environment, cwd, clock } = context;
  const folder = context.folder();
  const place = { folder, environment, cwd, clock };
  const [second, ...others] = rest;
  const isSecond = second !== undefined && (await isCheckpointName(place, second));
  const found = await diffCheckpoints(place, {
    from,
    to: isSecond ? second : undefined,
    paths: isSecond ? others : rest,
  });
  if (flags.json === true) context.printJson(found);
  else printDiff(context, found, flags.stat === true);
}

/** The first names, and the number of the others. */
function listNames(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_NAMED).map(oneLine);
  const more = paths.length - named.length;
  return [named.join(', '), ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(' and ');
}

const MAX_NAMED = 3;

function printDiff(context: CommandContext, found: CheckpointDiff, isStat: boolean): void {
  const { paint, print, clock } = context;
  print(paint.bold(formatDiffHead(found, clock())));
  for (const line of formatWork(found, paint, clock())) print(line);
  if (found.isPartial)
    print(
      paint.yellow(
        `A checkpoint left these out; they may only seem to be added or removed: ${listNames(found.leftOut)}.`,
      ),
    );
  print();
  if (found.files.length === 0) print('No file differs.');
  else for (const line of formatDiffStat(found.files, paint)) print(line);
  if (isStat || found.files.length === 0) return;
  print();
  for (const line of formatPatch(found.patch, paint)) print(line);
}
