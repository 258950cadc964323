import { resolve } from 'node:path';
import type { Command } from 'commander';
import { cleanTeam } from '../../actions/clean-team.ts';
import { WaymarkError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatCount, plural } from '../../core/units.ts';
import type { CommandContext } from '../command-context.ts';
import { requirePublicAddress } from '../text/public-address.ts';
import { parseWhen } from '../text/parse-when.ts';
import { createProgressLine } from './replay.ts';

interface CleanFlags {
  readonly olderThan?: string;
  readonly passwordFile?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark fleet clean postgres://owner@db/team --older-than 90d --dry-run
  $ waymark fleet clean postgres://owner@db/team --older-than 90d`;

/** `waymark fleet clean`: what is too old at the team, deleted by the owner of the tables. */
export function addFleetClean(fleet: Command, context: CommandContext): void {
  fleet
    .command('clean')
    .description('Delete old data of the team, as the owner of the tables')
    .argument('<url>', 'postgres://OWNER@HOST/DATABASE')
    .option('--older-than <when>', 'delete the months before this time: 90d, 52w, a date')
    .option('--password-file <file>', 'file with the password; only you may read it')
    .option('--dry-run', 'show what would be deleted')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((url: string, flags: CleanFlags) => clean(context, url, flags));
}

async function clean(context: CommandContext, url: string, flags: CleanFlags): Promise<void> {
  const { clock, cwd, stderr, print, printJson } = context;
  requirePublicAddress(url);
  if (flags.olderThan === undefined)
    throw new WaymarkError('USAGE', 'Cannot clean the team: --older-than is missing', {
      remedy: 'Say what is too old: --older-than 90d.',
    });
  const line = createProgressLine(flags.json === true ? { write: () => true } : stderr, clock);
  const { passwordFile } = flags;
  try {
    const done = await cleanTeam(context.actionContext(), {
      target: url,
      before: parseWhen(flags.olderThan, clock(), '--older-than'),
      isDry: flags.dryRun === true,
      onProgress: (sessions) => line.show(1, 1, `${plural(sessions, 'session')} deleted`),
      ...(passwordFile === undefined ? {} : { passwordFile: resolve(cwd, passwordFile) }),
    });
    line.end();
    if (flags.json === true) printJson(done);
    else for (const text of linesOf(done, flags.dryRun === true)) print(text);
  } finally {
    line.end();
  }
}

function linesOf(
  { target, months, bytes, sessions, rows }: Awaited<ReturnType<typeof cleanTeam>>,
  isDry: boolean,
): readonly string[] {
  if (months.length === 0 && sessions === 0 && (rows ?? 0) === 0)
    return [`Nothing at ${oneLine(target)} is that old.`];
  const [first, last] = [months[0] ?? '', months.at(-1) ?? ''];
  const span = first === last ? first : `${first} to ${last}`;
  const events =
    months.length === 0
      ? 'no month of events'
      : `events of ${plural(months.length, 'month')} (${span}, ${formatBytes(bytes)})`;
  const others = rows === null ? '' : ` with ${formatCount(rows)} rows`;
  const verb = isDry ? 'Would delete' : 'Deleted';
  return [`${verb} ${events} and ${plural(sessions, 'session')}${others}.`];
}
