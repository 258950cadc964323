import type { KnownHandler } from '../../bus/handlers/known-handler.ts';
import type { DeliveryResult } from '../../bus/subscription.ts';
import type { EventEnvelope } from '../../core/envelope.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import type { CommandContext } from '../command-context.ts';
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
  /** What a module has emitted by its context; nothing of it was sent. */
  readonly emitted: readonly EventEnvelope[];
}

/**
 * Runs a handler once, with the time limit it would have, as the first attempt.
 * @throws {@link WaymarkError} NOT_FOUND, HANDLER_REFUSED, EVENT_INVALID or USAGE.
 */
export async function tryHandler(context: CommandContext, name: string, flags: SampleFlags): Promise<HandlerTrial> {
  const opened = await openHandlers(context);
  try {
    return await run(context, opened, chooseByName(opened.handlers.known(), name, 'a handler'), flags);
  } finally {
    await opened.handlers.close();
  }
}

async function run(context: CommandContext, { emitted }: OpenedHandlers, handler: KnownHandler, flags: SampleFlags): Promise<HandlerTrial> {
  const { subscription } = handler;
  if (subscription === undefined) throw new WaymarkError('HANDLER_REFUSED', `Cannot run ${handler.path}: ${handler.reason ?? 'it is not loaded'}`);
  const event = sampleEvent(context, handler, flags);
  const started = performance.now();
  const result = await subscription
    .deliver({ event, attempt: 1, signal: AbortSignal.timeout(subscription.timeoutMs) })
    .catch((error: unknown): DeliveryResult => ({ state: 'failed', reason: reasonOf(error) }));
  return { handler, event, isWanted: wants(handler, event), result, ms: Math.round(performance.now() - started), emitted };
}
