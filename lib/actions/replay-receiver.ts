import { builtinFaces } from '../delivery/builtin/builtin-handlers.ts';
import { readWebhooks, webhooksFile } from '../delivery/webhooks/webhook-list.ts';
import { WaymarkError } from '../core/errors.ts';
import { chooseByName } from '../query/choose-by-name.ts';
import { openHandlers } from '../query/open-handlers.ts';
import type { Acting } from './acting.ts';

/** Somebody who may get events. */
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
export async function replayReceiver(acting: Acting, wanted: string): Promise<string> {
  const all: readonly Receiver[] = [
    ...(await usersHandlers(acting)),
    ...builtinFaces(),
    ...webhooks(acting),
  ];
  const { name, refusal } = chooseByName(all, wanted, 'a handler or webhook');
  if (refusal !== undefined)
    throw new WaymarkError('HANDLER_REFUSED', `Cannot replay to ${name}: ${refusal}`);
  return name;
}

async function usersHandlers(acting: Acting): Promise<readonly Receiver[]> {
  const { handlers } = await openHandlers(acting);
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

function webhooks({ folder }: Acting): readonly Receiver[] {
  try {
    return readWebhooks(webhooksFile(folder.root)).webhooks.map(({ name }) => ({
      name: `webhook/${name}`,
    }));
  } catch {
    return []; // a broken list must not keep handlers from a replay; `waymark webhooks list` explains it
  }
}
