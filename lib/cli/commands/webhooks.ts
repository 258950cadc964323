import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { addWebhook, enableWebhook, removeWebhook } from '../../actions/edit-webhooks.ts';
import { tryWebhook } from '../../actions/try-webhook.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { listWebhooks } from '../../query/webhooks.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { formatWebhooks } from '../text/webhook-text.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface AddFlags extends JsonFlag {
  readonly name?: string;
  readonly type?: readonly string[];
  readonly secret?: string;
  readonly secretFile?: string;
  readonly caFile?: string;
}

const EXAMPLES = `
Examples:
  $ waymark webhooks add https://ci.example/hook --type 'task.*'
  $ waymark webhooks test ci.example             post a test event
  $ waymark webhooks list                        show their state

See waymark docs webhooks for what is sent, and how to check the signature.`;

/** `waymark webhooks`: who events are posted to. */
export const addWebhooks: AddCommand = (program, context) => {
  const webhooks = program.command('webhooks').addHelpText('after', EXAMPLES);
  webhooks
    .command('add')
    .description('Post events to a URL from now on')
    .argument('<url>', 'https://…, or http://… on this machine')
    .option('--name <name>', 'its name here (default: the host)')
    .option('--type <glob...>', "types to post, such as 'task.*' (default: all)")
    .option('--secret-file <file>', 'file with an existing secret (default: a new one)')
    .option('--secret <source>', '- reads an existing secret from standard input')
    .option(
      '--ca-file <file>',
      'certificate (PEM) of the authority that signed the one of the receiver',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      "\nExamples:\n  $ waymark webhooks add https://ci.example/hook --type 'task.*' 'security.*'\n  $ pass show ci | waymark webhooks add https://ci.example/hook --secret -",
    )
    .action((url: string, flags: AddFlags) => add(context, url, flags));
  webhooks
    .command('list', DEFAULT_SUBCOMMAND)
    .description('List webhooks and their state')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark webhooks list --json')
    .action((flags: JsonFlag) => list(context, flags));
  addNamed(webhooks, 'test', 'Post a test event now and show the answer').action(
    (name: string, flags: JsonFlag) => test(context, name, flags),
  );
  addNamed(webhooks, 'remove', 'Remove a webhook').action((name: string, flags: JsonFlag) =>
    remove(context, name, flags),
  );
  addNamed(webhooks, 'enable', 'Enable a webhook that was disabled after an HTTP 410').action(
    (name: string, flags: JsonFlag) => enable(context, name, flags),
  );
};

function addNamed(webhooks: Command, verb: string, description: string): Command {
  return webhooks
    .command(verb)
    .description(description)
    .argument('<name>', 'as `waymark webhooks list` shows it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExamples:\n  $ waymark webhooks ${verb} ci.example`);
}

async function add(context: CommandContext, url: string, flags: AddFlags): Promise<void> {
  const { cwd, print, printJson, paint, runnable } = context;
  const given = givenSecret(flags, cwd);
  const { secret, ...added } = await addWebhook(context.actionContext(), {
    url,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.type === undefined ? {} : { types: flags.type }),
    ...(given === undefined ? {} : { secret: given }),
    ...(flags.caFile === undefined ? {} : { caFile: resolve(cwd, flags.caFile) }),
  });
  const isNew = given === undefined;
  if (flags.json === true) {
    printJson({ ...added, ...(isNew ? { secret } : {}) });
    return;
  }
  const { name, types } = added;
  print(`${paint.bold(name)} gets ${types.join(' ')} at ${paint.cyan(added.url)}`);
  if (isNew) print(`Secret for the receiver, shown this once: ${secret}`);
  print(paint.dim(runnable(`Test it: \`waymark webhooks test ${name}\``)));
}

/**
 * What a file, or standard input, holds; `undefined` where a new secret is wanted. @throws
 * {@link WaymarkError} USAGE
 */
function givenSecret({ secret, secretFile }: AddFlags, cwd: string): string | undefined {
  if (secret === undefined && secretFile === undefined) return undefined;
  if (secret !== undefined && secretFile !== undefined)
    throw new WaymarkError('USAGE', 'Cannot take two secrets: give --secret or --secret-file');
  if (secret !== undefined && secret !== '-')
    throw new WaymarkError(
      'USAGE',
      'Cannot take a secret from the command line, where others can read it',
      {
        remedy: 'Use --secret-file FILE, or --secret - and standard input.',
      },
    );
  const file = secretFile === undefined ? 0 : resolve(cwd, secretFile);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WaymarkError(
      'USAGE',
      `Cannot read ${file === 0 ? 'standard input' : file}: ${reasonOf(error)}`,
      { remedy: 'Check the path and who may read it.' },
    );
  }
}

async function list(context: CommandContext, { json }: JsonFlag): Promise<void> {
  const { print, printJson, runnable, warn, paint, clock, width } = context;
  const { rows, problems } = await listWebhooks(context.folder());
  for (const problem of problems) warn(`Cannot use all webhooks: ${problem}`);
  if (json === true) printJson(rows);
  else if (rows.length === 0)
    print(runnable('No webhooks yet. Add one: `waymark webhooks add URL`'));
  else for (const line of formatWebhooks(rows, { paint, now: clock(), width })) print(line);
}

async function test(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  const { print, printJson, paint } = context;
  const tried = await tryWebhook(context.actionContext(), name);
  if (!tried.ok) context.exitWith(1);
  if (json === true) printJson({ name, ...tried });
  else
    print(
      `${tried.ok ? paint.green('✓') : paint.red('✗')} ${name}: ${tried.said} (${tried.ms} ms)`,
    );
}

async function remove(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  await removeWebhook(context.folder(), name);
  if (json === true) context.printJson({ name, removed: true });
  else context.print(`Webhook ${name} removed.`);
}

async function enable(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  await enableWebhook(context.folder(), name);
  if (json === true) context.printJson({ name, enabled: true });
  else context.print(`Webhook ${name} enabled.`);
}
