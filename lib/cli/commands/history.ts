import { oneLine } from '../../core/one-line.ts';
import { formatAgo } from '../../core/units.ts';
import { type PathChange, readPathHistory } from '../../query/snapshots/path-history.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { parseLimit } from '../text/parse-when.ts';
import { formatPatch, formatWork } from '../text/snapshot-text.ts';

interface HistoryFlags {
  readonly limit: string;
  readonly stat?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark history src/total.ts          who changed it, when, and how
  $ waymark history src --stat            of a folder, without the lines
  $ waymark history src/total.ts --json`;

/** `waymark history PATH`: the changes of a file that checkpoints show. */
export const addHistory: AddCommand = (program, context) => {
  program
    .command('history')
    .argument('<path>', 'a file or folder of the work tree; it may be deleted')
    .option('--limit <n>', 'show at most this many changes', '20')
    .option('--stat', 'leave out the changed lines')
    .option('--json', 'print a JSON array')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: HistoryFlags) => {
      const limit = parseLimit(flags.limit, '--limit');
      const { environment, cwd, clock } = context;
      const place = { folder: context.folder(), environment, cwd, clock };
      const changes = await readPathHistory(place, path, limit);
      if (flags.json === true) context.printJson(changes);
      else for (const change of changes) printChange(context, change, flags.stat === true);
    });
};

function printChange(context: CommandContext, change: PathChange, isStat: boolean): void {
  const { paint, print, clock } = context;
  const { what, before, after, at, sessions } = change;
  const first = before === null ? ' (the first snapshot)' : '';
  const whose = sessions.length === 0 ? '' : ` · session ${sessions.map(oneLine).join(', ')}`;
  const age = formatAgo(Date.parse(at), clock());
  print(`${paint.cyan(after)} ${age} · ${paint.bold(what)}${first}${whose}`);
  for (const line of formatWork(change, paint, clock())) print(line);
  if (!isStat) for (const line of formatPatch(change.patch, paint)) print(line);
  print();
}
