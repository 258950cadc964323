import { resolve } from 'node:path';
import { copyStoreToPostgres, lastCopy } from '../../actions/copy-store.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount, plural } from '../../core/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { requirePublicAddress } from '../text/public-address.ts';
import { abbreviateHome } from '../text/tilde.ts';
import { createProgressLine } from './replay.ts';

interface CopyFlags {
  readonly passwordFile?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark store copy postgres://ann@db.example/team --password-file ~/.pw
  $ waymark sessions --store postgres://ann@db.example/team

It copies everything, whatever is shared with a team. After an interruption, run
it again: it continues where it stopped.`;

/** `waymark store copy`: the store of this machine in PostgreSQL, too. */
export const addStore: AddCommand = (program, context) => {
  const store = program.command('store').addHelpText('after', EXAMPLES);
  store
    .command('status', DEFAULT_SUBCOMMAND)
    .description('Show where the store is, and where it was copied to')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark store\n  $ waymark store --json')
    .action((flags: Pick<CopyFlags, 'json'>) => status(context, flags));
  store
    .command('copy')
    .description('Copy the store of this machine to PostgreSQL')
    .argument('<url>', 'postgres://USER@HOST/DATABASE')
    .option('--password-file <file>', 'file with the password; only you may read it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((url: string, flags: CopyFlags) => copy(context, url, flags));
};

function status(context: CommandContext, { json }: Pick<CopyFlags, 'json'>): void {
  const folder = context.folder();
  const { target, host } = lastCopy(folder) ?? { target: null, host: null };
  if (json === true) {
    context.printJson({ store: folder.store, copiedTo: target, host });
    return;
  }
  context.print(`Store   ${abbreviateHome(folder.store)}`);
  context.print(`Copied  ${target === null ? 'nowhere' : `to ${oneLine(target)}`}`);
}

async function copy(context: CommandContext, url: string, flags: CopyFlags): Promise<void> {
  const { print, printJson, exitWith, cwd, clock, stderr } = context;
  requirePublicAddress(url);
  const interrupt = onInterrupt();
  const line = createProgressLine(flags.json === true ? { write: () => true } : stderr, clock);
  const { passwordFile } = flags;
  const order = {
    target: url,
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(cwd, passwordFile) }),
  };
  try {
    const copied = await copyStoreToPostgres(context.actionContext(), order, {
      isStopped: () => interrupt.signal.aborted,
      onProgress: ({ table, done, total }) =>
        line.show(done, total, `${formatCount(done)} of ${plural(total, 'row')}, ${table}`),
    });
    line.end();
    const { isDone, done, total, target } = copied;
    if (flags.json === true) printJson(copied);
    else if (isDone) print(`Copied ${plural(total, 'row')} to ${oneLine(target)}.`);
    else
      print(
        `Stopped at ${formatCount(done)} of ${plural(total, 'row')}. Run it again to continue.`,
      );
    if (!isDone) exitWith(CANCELLED);
  } finally {
    line.end();
    interrupt.forget();
  }
}
