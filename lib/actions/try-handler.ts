import type { KnownHandler } from '../delivery/handlers/known-handler.ts';
import type { DeliveryResult } from '../delivery/subscription.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { chooseByName } from '../query/choose-by-name.ts';
import { type OpenedHandlers, openHandlers } from '../query/open-handlers.ts';
import type { ActionContext } from './action-context.ts';
import { type SampleChoice, chooseSampleEvent, acceptsEvent } from './sample-event.ts';

/** One run of a handler, apart from the outbox. */
export interface HandlerTrial {
  readonly name: string;
  readonly event: EventEnvelope;
  /** Whether a worker would give it such an event. */
  readonly isWanted: boolean;
  readonly result: DeliveryResult;
  readonly ms: number;
  /** Whether it was cancelled. The processes that the handler started were ended then. */
  readonly isCancelled: boolean;
  /** What a module has emitted by its context; nothing of it was sent. */
  readonly emitted: readonly EventEnvelope[];
}

/**
 * Runs a handler once, with the time limit it would have, as the first attempt.
 * @throws {@link WaymarkError} NOT_FOUND, HANDLER_REFUSED, EVENT_INVALID or USAGE.
 */
export async function tryHandler(
  actionContext: ActionContext,
  name: string,
  sample: SampleChoice,
  cancelled: AbortSignal,
): Promise<HandlerTrial> {
  // that of a worker: what it writes here must be no more open than there
  const umask = process.umask(0o077);
  try {
    const opened = await openHandlers(actionContext);
    try {
      const handler = chooseByName(opened.handlers.known(), name, 'a handler');
      return await run(actionContext, opened, { handler, sample, cancelled });
    } finally {
      await opened.handlers.close();
    }
  } finally {
    process.umask(umask);
  }
}

interface Order {
  readonly handler: KnownHandler;
  readonly sample: SampleChoice;
  readonly cancelled: AbortSignal;
}

async function run(
  actionContext: ActionContext,
  { emitted }: OpenedHandlers,
  { handler, sample, cancelled }: Order,
): Promise<HandlerTrial> {
  const { subscription } = handler;
  if (subscription === undefined)
    throw new WaymarkError(
      'HANDLER_REFUSED',
      `Cannot run ${handler.path}: ${handler.reason ?? 'it is not loaded'}`,
    );
  const event = await chooseSampleEvent(actionContext, handler, sample);
  const started = performance.now();
  const result = await withTimeLimit(cancelled, subscription.timeoutMs, (signal) =>
    subscription
      .deliver({ event, attempt: 1, signal })
      .catch((error: unknown): DeliveryResult => ({ state: 'failed', reason: reasonOf(error) })),
  );
  const ms = Math.round(performance.now() - started);
  return {
    name: handler.name,
    event,
    isWanted: acceptsEvent(handler, event),
    result,
    ms,
    isCancelled: cancelled.aborted,
    emitted,
  };
}

/**
 * The timer is ours: one inside `AbortSignal.any` is lost to the garbage collector (Node 20), and
 * with it the limit.
 */
async function withTimeLimit<Result>(
  cancelled: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const cancel = (): void => limit.abort(cancelled.reason);
  const timer = setTimeout(() => limit.abort(new Error('time limit')), ms);
  cancelled.addEventListener('abort', cancel, { once: true });
  if (cancelled.aborted) cancel();
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener('abort', cancel);
  }
}
