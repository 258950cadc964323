import type { Command } from 'commander';
import {
  checkWebhook,
  readWebhooks,
  type Webhook,
  webhooksFile,
} from '../../delivery/webhooks/webhook-list.ts';
import { readNotes, webhookNotesFile } from '../../delivery/webhooks/webhook-notes.ts';
import { shownUrl } from '../../delivery/webhooks/webhook-url.ts';
import { WaymarkError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { editWebhooks, readOrExplain } from '../../actions/edit-webhooks.ts';
import { type AddFlags, chosenSecret, freshId, namesOf, newWebhook } from './new-webhook.ts';
import { didYouMean } from '../../core/nearest.ts';
import { shownWebhook, webhookTable } from '../text/webhook-text.ts';
import { tryWebhook } from './try-webhook.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark webhooks add https://ci.example/hook --type 'task.*'
  $ waymark webhooks test ci.example               post a test event, and see what comes back
  $ waymark webhooks list                          who takes events, and who does not
  $ waymark webhooks enable ci.example             after it had said that it is gone
See docs/webhooks.md for what is sent, and how to check that it is ours.`;

/** `waymark webhooks`: who events are posted to. */
export const addWebhooks: AddCommand = (program, context) => {
  const webhooks = program.command('webhooks').addHelpText('after', EXAMPLES);
  webhooks
    .command('add')
    .description('Post events to a URL from now on')
    .argument('<url>', 'https://…, or http://… on this machine')
    .option('--name <name>', 'how it is called here; left out: its host')
    .option('--type <glob...>', "types that it gets, such as 'task.*'; left out: all")
    .option('--secret-file <file>', 'a secret that you have already; left out: a new one')
    .option('--secret <source>', 'only -: the same, from standard input')
    .option('--ca-file <file>', 'the certificate, in PEM, that has signed that of the receiver')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      "\nExamples:\n  $ waymark webhooks add https://ci.example/hook --type 'task.*' 'security.*'\n  $ pass show ci | waymark webhooks add https://ci.example/hook --secret -",
    )
    .action((url: string, flags: AddFlags) => add(context, url, flags));
  webhooks
    .command('list')
    .description('Every webhook and how it is')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark webhooks list --json')
    .action((flags: JsonFlag) => list(context, flags));
  addNamed(webhooks, 'test', 'Post a test event at once, and say what came back').action(
    (name: string, flags: JsonFlag) => test(context, name, flags),
  );
  addNamed(webhooks, 'remove', 'Post to it no more').action((name: string, flags: JsonFlag) =>
    remove(context, name, flags),
  );
  addNamed(webhooks, 'enable', 'Post to it again, after it had said that it is gone').action(
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

async function add(context: CommandContext, address: string, flags: AddFlags): Promise<void> {
  const { cwd, clock, print, printJson, paint } = context;
  const { secret, isNew } = chosenSecret(flags, cwd);
  const { name, url, types } = await editWebhooks(context.folder(), (entries) => {
    const webhook = newWebhook(address, flags, secret, {
      cwd,
      now: clock(),
      taken: namesOf(entries),
    });
    return [[...entries, webhook], webhook];
  });
  if (flags.json === true) {
    printJson({ name, url: shownUrl(url), types, ...(isNew ? { secret } : {}) });
    return;
  }
  print(`${paint.bold(name)} gets ${types.join(' ')} at ${paint.cyan(shownUrl(url))}`);
  if (isNew) print(`Secret for the receiver, shown this once: ${secret}`);
  print(paint.dim(`Try it: waymark webhooks test ${name}`));
}

function list(context: CommandContext, { json }: JsonFlag): void {
  const { print, printJson, warn, paint, clock, width } = context;
  const root = context.folder().root;
  readOrExplain(webhooksFile(root));
  const { webhooks, problems } = readWebhooks(webhooksFile(root));
  const notes = readNotes(webhookNotesFile(root));
  for (const problem of problems) warn(`Left out, ${problem}`);
  const shown = webhooks.map((webhook) => shownWebhook(webhook, notes.get(webhook.id) ?? {}));
  if (json === true) printJson(shown);
  else if (shown.length === 0) print('There are no webhooks.');
  else for (const line of webhookTable(shown, { paint, now: clock(), width })) print(line);
}

async function test(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  const { print, printJson, paint } = context;
  const tried = await tryWebhook(named(context, 'test', name), context.clock);
  if (!tried.ok) context.exitWith(1);
  if (json === true) printJson({ name, ...tried });
  else
    print(
      `${tried.ok ? paint.green('✓') : paint.red('✗')} ${name}: ${tried.said} (${tried.ms} ms)`,
    );
}

async function remove(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  await editWebhooks(context.folder(), (entries) => {
    requireName(entries, 'remove', name);
    return [entries.filter((entry) => !isNamed(entry, name)), undefined];
  });
  if (json === true) context.printJson({ name, removed: true });
  else context.print(`Webhook ${name} removed.`);
}

async function enable(context: CommandContext, name: string, { json }: JsonFlag): Promise<void> {
  await editWebhooks(context.folder(), (entries) => {
    requireName(entries, 'enable', name);
    return [
      entries.map((entry) => (isNamed(entry, name) ? { ...entry, id: freshId() } : entry)),
      undefined,
    ];
  });
  if (json === true) context.printJson({ name, enabled: true });
  else context.print(`Webhook ${name} enabled.`);
}

function named(context: CommandContext, verb: string, name: string): Webhook {
  const entries = readOrExplain(webhooksFile(context.folder().root));
  requireName(entries, verb, name);
  const checked = checkWebhook(entries.find((entry) => isNamed(entry, name)));
  if (!checked.ok)
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot ${verb} webhook ${name}: ${checked.reason}`);
  return checked.webhook;
}

function requireName(entries: readonly unknown[], verb: string, name: string): void {
  const names = namesOf(entries);
  if (!names.includes(name))
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot ${verb} webhook ${name}: there is none of that name${didYouMean(name, names)}`,
    );
}

function isNamed(entry: unknown, name: string): entry is JsonObject {
  return isJsonObject(entry) && entry['name'] === name;
}
