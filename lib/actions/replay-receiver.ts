import { listBuiltins } from '../delivery/builtin/builtin-handlers.ts';
import { readWebhooks, webhooksFile } from '../delivery/webhooks/webhook-list.ts';
import { WaymarkError } from '../core/errors.ts';
import { chooseByName } from '../query/choose-by-name.ts';
import { openHandlers } from '../query/open-handlers.ts';
import type { ActionContext } from './action-context.ts';

/** A receiver of events. */
interface Receiver {
  readonly name: string;
  /** Why it gets none as things are. */
  readonly refusal?: string;
}

/**
 * The whole name of the one handler or webhook that a name means. A replay to an unknown name would
 * reach no handler and say nothing.
 * @throws {@link WaymarkError} NOT_FOUND, with the nearest name; USAGE when several bear it;
 * HANDLER_REFUSED when it cannot run.
 */
export async function findReplayReceiver(
  actionContext: ActionContext,
  wanted: string,
): Promise<string> {
  const all: readonly Receiver[] = [
    ...(await usersHandlers(actionContext)),
    ...listBuiltins(),
    ...webhooks(actionContext),
  ];
  const { name, refusal } = chooseByName(all, wanted, 'a handler or webhook');
  if (refusal !== undefined)
    throw new WaymarkError('HANDLER_REFUSED', `Cannot replay to ${name}: ${refusal}`);
  return name;
}

async function usersHandlers(actionContext: ActionContext): Promise<readonly Receiver[]> {
  const { handlers } = await openHandlers(actionContext);
  try {
    return handlers
      .known()
      .map(({ name, state, reason = 'it is refused' }) =>
        state === 'refused' ? { name, refusal: reason } : { name },
      );
  } finally {
    await handlers.close();
  }
}

function webhooks({ folder }: ActionContext): readonly Receiver[] {
  try {
    return readWebhooks(webhooksFile(folder.root)).webhooks.map(({ name }) => ({
      name: `webhook/${name}`,
    }));
  } catch {
    // a broken list must not keep handlers from a replay; `waymark webhooks list` explains it
    return [];
  }
}
