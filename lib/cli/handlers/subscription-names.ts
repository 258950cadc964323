import { BUILTIN_NAMES } from '../../bus/builtin/builtin.ts';
import { readWebhooks, webhooksFile } from '../../bus/webhooks/webhook-list.ts';
import type { CommandContext } from '../command-context.ts';
import { openHandlers } from './open-handlers.ts';

/** Whole names of all that may get events, usable or not: handlers of ours, of the user's and of trusted projects, and webhooks. */
export async function subscriptionNames(context: CommandContext): Promise<readonly string[]> {
  const { handlers } = await openHandlers(context);
  const known = handlers.known().map(({ name }) => name);
  await handlers.close();
  const { webhooks } = readWebhooks(webhooksFile(context.folder().root));
  return [...BUILTIN_NAMES.map((name) => `builtin/${name}`), ...known, ...webhooks.map(({ name }) => `webhook/${name}`)];
}
