import type { KnownHandler } from '../../delivery/handlers/known-handler.ts';
import type { DeliveryResult } from '../../delivery/subscription.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { chooseByName } from './choose-by-name.ts';
import { type OpenedHandlers, openHandlers } from './open-handlers.ts';
import { sampleEvent, type SampleFlags, wants } from './sample-event.ts';

/** One run of a handler, apart from the outbox. */
export interface HandlerTrial {
  readonly handler: KnownHandler;
  readonly event: EventEnvelope;
  /** Whether a worker would give it such an event. */
  readonly isWanted: boolean;
  readonly result: DeliveryResult;
  readonly ms: number;
  /** Whether somebody cancelled it; whatever the handler had started was ended then. */
  readonly isCancelled: boolean;
  /** What a module has emitted by its context; nothing of it was sent. */
  readonly emitted: readonly EventEnvelope[];
}

/**
 * Runs a handler once, with the time limit it would have, as the first attempt.
 * @throws {@link WaymarkError} NOT_FOUND, HANDLER_REFUSED, EVENT_INVALID or USAGE.
 */
export async function tryHandler(
  context: CommandContext,
  name: string,
  flags: SampleFlags,
): Promise<HandlerTrial> {
  const umask = process.umask(0o077); // that of a worker: what it writes here must be no more open than there
  const interrupt = onInterrupt();
  try {
    const opened = await openHandlers(context);
    try {
      return await run(context, opened, {
        handler: chooseByName(opened.handlers.known(), name, 'a handler'),
        flags,
        cancelled: interrupt.signal,
      });
    } finally {
      await opened.handlers.close();
    }
  } finally {
    interrupt.forget();
    process.umask(umask);
  }
}

interface Order {
  readonly handler: KnownHandler;
  readonly flags: SampleFlags;
  readonly cancelled: AbortSignal;
}

async function run(
  context: CommandContext,
  { emitted }: OpenedHandlers,
  { handler, flags, cancelled }: Order,
): Promise<HandlerTrial> {
  const { subscription } = handler;
  if (subscription === undefined)
    throw new WaymarkError(
      'HANDLER_REFUSED',
      `Cannot run ${handler.path}: ${handler.reason ?? 'it is not loaded'}`,
    );
  const event = await sampleEvent(context, handler, flags);
  const started = performance.now();
  const result = await subscription
    .deliver({
      event,
      attempt: 1,
      signal: AbortSignal.any([cancelled, AbortSignal.timeout(subscription.timeoutMs)]),
    })
    .catch((error: unknown): DeliveryResult => ({ state: 'failed', reason: reasonOf(error) }));
  const ms = Math.round(performance.now() - started);
  return {
    handler,
    event,
    isWanted: wants(handler, event),
    result,
    ms,
    isCancelled: cancelled.aborted,
    emitted,
  };
}
