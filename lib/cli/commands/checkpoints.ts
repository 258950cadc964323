import { hasUnfinishedRestore } from '../../actions/restore-code/restore-context.ts';
import { isStoreDamaged } from '../../query/snapshots/snapshot-place.ts';
import { listCheckpoints } from '../../query/snapshots/list-checkpoints.ts';
import { formatCheckpointsAsJson } from '../json/checkpoints-json.ts';
import type { AddCommand } from '../command-context.ts';
import { parseLimit } from '../text/parse-when.ts';
import { CHECKPOINT_COLUMNS, formatCheckpointCells } from '../text/snapshot-text.ts';

interface CheckpointsFlags {
  readonly limit: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark checkpoints                 of the work tree of this folder
  $ waymark checkpoints last            of the latest session of this folder
  $ waymark checkpoints --json | jq '.[-1].id'

Columns: id, age, cause, paths +added ~changed -removed since the previous one,
their size, session.
Show changes: waymark diff ID. Restore files: waymark restore ID.`;

/** `waymark checkpoints`: the kept states of a work tree. */
export const addCheckpoints: AddCommand = (program, context) => {
  program
    .command('checkpoints')
    .argument('[session]', 'only of this session: an id, the beginning of one, or last')
    .option('--limit <n>', 'list at most this many', '30')
    .option('--json', 'print a JSON array')
    .addHelpText('after', EXAMPLES)
    .action(async (session: string | undefined, flags: CheckpointsFlags) => {
      const limit = parseLimit(flags.limit, '--limit');
      const { environment, cwd, clock, paint, print, printTable } = context;
      const place = { folder: context.folder(), environment, cwd, clock };
      if (await hasUnfinishedRestore(context.actionContext(), cwd))
        context.warn(
          'A restore here was interrupted. Any `waymark restore` finishes or undoes it first.',
        );
      const kept = await listCheckpoints(place, { session, limit });
      const isDamaged = session === undefined && (await isStoreDamaged(place));
      if (isDamaged)
        context.warn(
          context.runnable(
            'The saved files are damaged. `waymark checkpoint` repairs them as far as possible.',
          ),
        );
      if (flags.json === true) {
        context.printJson(formatCheckpointsAsJson(kept));
        return;
      }
      if (kept.length === 0 && !isDamaged)
        print(context.runnable('No files are saved yet. Save them now: `waymark checkpoint`'));
      printTable(
        kept.map((one) => formatCheckpointCells(one, paint, clock())),
        { columns: CHECKPOINT_COLUMNS },
      );
    });
};
