import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fieldGroups, joinFleet, setUpFleet, shareWithFleet } from '../../actions/fleet.ts';
import { leaveFleet } from '../../actions/leave-fleet.ts';
import { WaymarkError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatAgo, formatCount, plural } from '../../core/units.ts';
import { type FleetStatus, readFleetStatus } from '../../query/fleet.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { requirePublicAddress } from '../text/public-address.ts';
import { addFleetClean } from './fleet-clean.ts';
import { addFleetDead } from './fleet-dead.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface TargetFlags extends JsonFlag {
  readonly passwordFile?: string;
}

interface JoinFlags extends TargetFlags {
  readonly name?: string;
  readonly person?: string;
}

interface ShareFlags extends JsonFlag {
  readonly fields?: string;
  readonly all?: boolean;
  readonly withHistory?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark fleet join postgres://ann@db.example/team --password-file ~/.pw
  $ waymark fleet share ~/work --fields figures,commands
  $ waymark fleet                     what is shared, sent and waiting

See waymark docs team.`;

/** The variable that gives the address, which may have a password then. */
const TARGET_VARIABLE = 'WAYMARK_FLEET_URL';

const PASSWORD_FILE = 'file with the password; only you may read it';

/** `waymark fleet`: one place for the sessions of a team. */
export const addFleet: AddCommand = (program, context) => {
  const fleet = program.command('fleet').addHelpText('after', EXAMPLES);
  fleet
    .command('status', DEFAULT_SUBCOMMAND)
    .description('Show what is shared, sent and waiting')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark fleet status --json')
    .action((flags: JsonFlag) => status(context, flags));
  addJoining(fleet, context);
  addSharing(fleet, context);
  addFleetDead(fleet, context);
  addFleetClean(fleet, context);
};

function addJoining(fleet: Command, context: CommandContext): void {
  fleet
    .command('join')
    .description('Send what is shared to the PostgreSQL or Redis of a team')
    .argument(
      '[url]',
      `postgres://USER@HOST/DATABASE or redis://USER@HOST (default: ${TARGET_VARIABLE})`,
    )
    .option('--password-file <file>', PASSWORD_FILE)
    .option('--name <name>', 'what the team calls this machine (default: its host name)')
    .option('--person <name>', 'whose sessions these are (default: the name of your account)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark fleet join postgres://ann@db.example/team --password-file ~/.pw\n  $ WAYMARK_FLEET_PASSWORD=… waymark fleet join postgres://ann@db.example/team',
    )
    .action((url: string | undefined, flags: JoinFlags) => join(context, url, flags));
  fleet
    .command('set-up')
    .description('Create the tables of a team, as their owner')
    .argument('[url]', `postgres://OWNER@HOST/DATABASE (default: ${TARGET_VARIABLE})`)
    .option('--password-file <file>', PASSWORD_FILE)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark fleet set-up postgres://owner@db.example/team --password-file ~/.pw',
    )
    .action((url: string | undefined, flags: TargetFlags) => setUp(context, url, flags));
  fleet
    .command('leave')
    .description('Stop sending; the team keeps what it has')
    .option('--delete', 'also delete what this machine has sent')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark fleet leave\n  $ waymark fleet leave --delete')
    .action((flags: JsonFlag & { readonly delete?: boolean }) => leave(context, flags));
}

function addSharing(fleet: Command, context: CommandContext): void {
  fleet
    .command('share')
    .description('Share sessions of a folder with the team from now on')
    .argument('[folder]', 'sessions in it and below it (default: this one)')
    .option('--fields <list>', 'figures, places, commands, texts', 'figures,places')
    .option('--all', 'sessions of all folders')
    .option('--with-history', 'also what is recorded already')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark fleet share --fields figures,places,commands\n  $ waymark fleet share ~/work --with-history',
    )
    .action((folder: string | undefined, flags: ShareFlags) => share(context, folder, flags));
  fleet
    .command('unshare')
    .description('Stop sharing a folder; the team keeps what it has')
    .argument('[folder]', 'as `waymark fleet` shows it (default: this one)')
    .option('--all', 'the rule for all folders')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark fleet unshare ~/work')
    .action((folder: string | undefined, flags: ShareFlags) => unshare(context, folder, flags));
}

/** The address, which must not show a password to others. @throws {@link WaymarkError} USAGE */
function targetOf({ environment }: CommandContext, url: string | undefined): string {
  if (url !== undefined) {
    requirePublicAddress(url);
    return url;
  }
  const given = environment[TARGET_VARIABLE];
  if (given !== undefined && given !== '') return given;
  throw new WaymarkError('USAGE', 'Cannot find the team: no address is given', {
    remedy: 'See `waymark fleet join --help`.',
  });
}

function fileOf({ cwd }: CommandContext, { passwordFile }: TargetFlags) {
  return passwordFile === undefined ? {} : { passwordFile: resolve(cwd, passwordFile) };
}

async function join(
  context: CommandContext,
  url: string | undefined,
  flags: JoinFlags,
): Promise<void> {
  const { name, person } = flags;
  const joined = await joinFleet(context.actionContext(), {
    target: targetOf(context, url),
    ...fileOf(context, flags),
    ...(name === undefined ? {} : { name }),
    ...(person === undefined ? {} : { person }),
  });
  if (flags.json === true) {
    context.printJson(joined);
    return;
  }
  const { print, runnable } = context;
  if (joined.isNew) print('Created the tables of the team.');
  print(`Joined ${oneLine(joined.target)} as ${knownAs(joined)}.`);
  const { shares } = await readFleetStatus(context.folder());
  if (shares.length === 0)
    print(
      runnable('Nothing is shared yet: `waymark fleet share` shares the sessions of this folder.'),
    );
}

/** How the team knows this machine, and whose it is: `laptop of ann`. */
function knownAs({ name, person }: Pick<FleetStatus, 'name' | 'person'>): string {
  return oneLine(person === null ? (name ?? '') : `${name ?? ''} of ${person}`);
}

async function setUp(
  context: CommandContext,
  url: string | undefined,
  flags: TargetFlags,
): Promise<void> {
  const target = targetOf(context, url);
  const done = await setUpFleet(context.actionContext(), { target, ...fileOf(context, flags) });
  if (flags.json === true) context.printJson(done);
  else
    context.print(
      `${done.isNew ? 'Created the tables of the team' : 'The tables are up to date'} at ${oneLine(done.target)}.`,
    );
}

const SAID_OF_DELETED = {
  yes: 'What this machine had sent is deleted.',
  no: 'What was sent stays there.',
  asked:
    'No worker of the team has deleted yet what this machine had sent. `waymark fleet leave --delete` asks again.',
} as const;

async function leave(
  context: CommandContext,
  { json, delete: isDeleting = false }: JsonFlag & { readonly delete?: boolean },
): Promise<void> {
  const left = await leaveFleet(context.actionContext(), { isDeleting });
  if (left?.deleted === 'asked') context.exitWith(1);
  if (json === true)
    context.printJson({ left: left?.target ?? null, deleted: left?.deleted === 'yes' });
  else if (left === undefined) context.print('This machine belongs to no team.');
  else
    context.print(
      context.runnable(`Left ${oneLine(left.target)}. ${SAID_OF_DELETED[left.deleted]}`),
    );
}

async function share(
  context: CommandContext,
  folder: string | undefined,
  flags: ShareFlags,
): Promise<void> {
  const groups = fieldGroups(flags.fields ?? '');
  const path = flags.all === true ? '*' : resolve(context.cwd, folder ?? '');
  const order = { folder: path, groups, withHistory: flags.withHistory === true };
  await shareWithFleet(context.actionContext(), order);
  await status(context, flags);
}

async function unshare(
  context: CommandContext,
  folder: string | undefined,
  flags: ShareFlags,
): Promise<void> {
  const path = flags.all === true ? '*' : resolve(context.cwd, folder ?? '');
  await shareWithFleet(context.actionContext(), { folder: path, groups: [], withHistory: false });
  await status(context, flags);
}

async function status(context: CommandContext, { json }: JsonFlag): Promise<void> {
  const found = await readFleetStatus(context.folder());
  if (json === true) context.printJson(found);
  else printStatus(context, found);
}

function printStatus(context: CommandContext, found: FleetStatus): void {
  const { print, paint, runnable, clock } = context;
  const ago = (at: string | null): string =>
    at === null ? 'never' : formatAgo(Date.parse(at), clock());
  if (found.leaving)
    print(
      runnable(
        `Left      ${oneLine(found.target ?? '')}; what was sent is not deleted yet: run \`waymark fleet leave --delete\` again`,
      ),
    );
  else if (!found.joined)
    print(runnable('This machine belongs to no team. Join one: `waymark fleet join URL`'));
  else {
    print(`Sends to  ${oneLine(found.target ?? '')} as ${knownAs(found)}`);
    print(
      `Sent      ${formatCount(found.sent)} rows, the last ${ago(found.lastSentAt)}; ${formatCount(found.waiting)} waiting${found.underWay === 0 ? '' : `, ${formatCount(found.underWay)} of them in Redis`}`,
    );
    if (found.learned > 0)
      print(`Learned   ${plural(found.learned, 'failure')} of others, with what worked`);
    else if (!found.learns) print('Learned   nothing: no folder shares its commands');
    if (found.learnError !== null)
      print(paint.red(`Learning  is not possible: ${oneLine(found.learnError)}`));
    if (found.lastError !== null)
      print(paint.red(`Trouble   ${oneLine(found.lastError)} (${ago(found.lastErrorAt)})`));
    if (found.lastRemedy !== null) print(runnable(`          ${oneLine(found.lastRemedy)}`));
  }
  if (found.shares.length === 0) print('Shares    nothing');
  for (const { folder, fields } of found.shares)
    print(
      `Shares    ${folder === '*' ? 'all folders' : oneLine(abbreviateHome(folder))}: ${fields.join(', ')}`,
    );
}
