import type { Command } from 'commander';
import { readWebhooks, webhooksFile } from '../../delivery/webhooks/webhook-list.ts';
import { readNotes, webhookNotesFile } from '../../delivery/webhooks/webhook-notes.ts';
import { shownUrl } from '../../delivery/webhooks/webhook-url.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import {
  addWebhook,
  enableWebhook,
  readOrExplain,
  removeWebhook,
} from '../../actions/edit-webhooks.ts';
import { type AddFlags, chosenSecret, newWebhook } from './new-webhook.ts';
import { shownWebhook, webhookTable } from '../text/webhook-text.ts';
import { tryWebhook } from '../../actions/try-webhook.ts';

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
  const { name, url, types } = await addWebhook(context.folder(), (taken) =>
    newWebhook(address, flags, secret, { cwd, now: clock(), taken }),
  );
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
  const tried = await tryWebhook(context.acting(), name);
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
