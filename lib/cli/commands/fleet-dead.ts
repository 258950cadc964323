import type { Command } from 'commander';
import {
  readFeedLetters,
  removeFeedLetters,
  retryFeedLetters,
} from '../../actions/feed-letters.ts';
import { oneLine } from '../../core/one-line.ts';
import { plural } from '../../core/units.ts';
import type { CommandContext } from '../command-context.ts';
import { feedAddress, type PasswordFileFlags, passwordFileOf } from '../feed-options.ts';
import { parseLimit } from '../text/parse-when.ts';

interface DeadFlags extends PasswordFileFlags {
  readonly from?: string;
  readonly store?: string;
  readonly id?: string;
  readonly limit: string;
  readonly retry?: boolean;
  readonly delete?: boolean;
  readonly json?: boolean;
}

const WHAT = 'find the dead letters';

const EXAMPLES = `
Examples:
  $ waymark fleet dead --from redis://hub
  $ waymark fleet dead --retry --from redis://hub --store postgres://db/team
  $ waymark fleet dead --from redis://hub --delete --id 1795000000000-0`;

/** `waymark fleet dead`: what the workers of a team could not apply. */
export function addFleetDead(fleet: Command, context: CommandContext): void {
  fleet
    .command('dead')
    .description("List, retry or delete what a team's workers could not apply")
    .option('--from <url>', 'redis://HOST of the team (default: WAYMARK_FROM_URL)')
    .option('--from-password-file <file>', 'file with the password of --from')
    .option('--retry', 'apply them again; delete those that succeed')
    .option('--store <url>', 'with --retry: postgres://HOST/DATABASE (default: WAYMARK_STORE_URL)')
    .option('--store-password-file <file>', 'file with the password of --store')
    .option('--delete', 'delete them')
    .option('--id <id>', 'only this one')
    .option('--limit <n>', 'the oldest n', '100')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((flags: DeadFlags) => run(context, flags));
}

async function run(context: CommandContext, flags: DeadFlags): Promise<void> {
  const { print, printJson } = context;
  const json = flags.json === true;
  const order = {
    from: feedAddress(context, {
      ...{ given: flags.from, variable: 'WAYMARK_FROM_URL', flag: '--from', what: WHAT },
    }),
    ...passwordFileOf(context, flags, 'fromPasswordFile'),
    limit: parseLimit(flags.limit, '--limit'),
    ...(flags.id === undefined ? {} : { id: flags.id }),
  };
  if (flags.retry === true) {
    const store = feedAddress(context, {
      ...{ given: flags.store, variable: 'WAYMARK_STORE_URL', flag: '--store', what: WHAT },
    });
    const all = await retryFeedLetters(context.actionContext(), {
      ...{ ...order, store },
      ...passwordFileOf(context, flags, 'storePasswordFile'),
    });
    const left = all.filter(({ reason }) => reason !== undefined);
    if (left.length > 0) context.exitWith(1);
    if (json) printJson(all);
    else print(`${plural(all.length - left.length, 'dead letter')} applied, ${left.length} left.`);
    return;
  }
  if (flags.delete === true) {
    const deleted = await removeFeedLetters(context.actionContext(), order);
    if (json) printJson({ deleted });
    else print(`${plural(deleted, 'dead letter')} deleted.`);
    return;
  }
  const letters = await readFeedLetters(context.actionContext(), order);
  if (json) printJson(letters);
  else if (letters.length === 0) print('No dead letters.');
  else
    context.printTable(
      letters.map(({ id, name, table, reason }) => [
        ...[id, oneLine(name), table ?? 'whole entry', oneLine(reason)],
      ]),
    );
}
