import { AsyncLocalStorage } from 'node:async_hooks';
import { reasonOf } from '../../core/errors.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { OUTPUT_CAP } from './captured-output.ts';
import type { HandlerContext, HandlerDraft } from './define-handler.ts';
import { causeEnvironment } from '../../events/cause.ts';
import { loadModule } from './load-module.ts';
import type { FoundHandler, FromModule, ToModule } from './runner-protocol.ts';

type Send = (message: FromModule, sent?: () => void) => void;
type Handle = (event: EventEnvelope, context: HandlerContext) => unknown;

/** A delivery that runs here. */
interface Delivery {
  readonly id: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly controller: AbortController;
  /** Characters of output so far. */
  outputLength: number;
}

/**
 * Loads a module and runs its handlers as the worker orders. Ends with the worker. For a process
 * that does nothing else.
 */
export async function serveModule(path: string, api: string): Promise<void> {
  const send = takeChannel();
  const broken = (error: unknown): void =>
    send({ kind: 'broken', reason: faultText(error) }, () => process.exit(1));
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', broken);
  // The worker handles a Ctrl-C.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const current = new AsyncLocalStorage<Delivery>();
  const say = sendOutput(send, current);
  causeByDelivery(current);
  try {
    const exported = await loadModule(path, api);
    const handlers = handlersOf(exported);
    process.on(
      'message',
      answerOrders(send, say, current, new Map(handlers.map(({ name, handle }) => [name, handle]))),
    );
    send({ kind: 'loaded', handlers: handlers.map(({ name, settings }) => ({ name, settings })) });
  } catch (error) {
    broken(error);
  }
}

/** Returns the channel to the worker, and removes it from the module's reach. */
function takeChannel(): Send {
  const send = process.send?.bind(process);
  delete process.send;
  return (message, sent) => {
    if (process.connected) send?.(message, undefined, {}, () => sent?.());
    else sent?.();
  };
}

/** Executes the worker's orders. */
function answerOrders(
  send: Send,
  say: (delivery: Delivery, text: string) => void,
  current: AsyncLocalStorage<Delivery>,
  handlers: ReadonlyMap<string, Handle>,
): (message: ToModule) => void {
  const running = new Map<number, Delivery>();
  const emissions = new Map<number, { resolve(id: string): void; reject(error: Error): void }>();
  let emission = 0;
  const emit = (delivery: Delivery, draft: HandlerDraft): Promise<string> =>
    new Promise((resolve, reject) => {
      if (!running.has(delivery.id))
        return reject(new Error('Cannot emit an event: the handler has ended'));
      emission += 1;
      emissions.set(emission, { resolve, reject });
      send({ kind: 'emit', id: delivery.id, emission, draft: { ...draft } });
    });
  const run = async ({
    id,
    handler,
    event,
    attempt,
  }: Extract<ToModule, { kind: 'handle' }>): Promise<void> => {
    const environment = { ...process.env, ...causeEnvironment(event) };
    const delivery: Delivery = {
      id,
      environment,
      controller: new AbortController(),
      outputLength: 0,
    };
    running.set(id, delivery);
    const context = {
      attempt,
      signal: delivery.controller.signal,
      log: (text: string) => say(delivery, `${text}\n`),
      emit: (draft: HandlerDraft) => emit(delivery, draft),
    };
    try {
      await current.run(delivery, () => handlers.get(handler)?.(event, context));
      running.delete(id);
      send({ kind: 'done', id });
    } catch (error) {
      running.delete(id);
      send({ kind: 'failed', id, reason: faultText(error) });
    }
  };
  return (message) => {
    if (message.kind === 'handle') void run(message);
    else if (message.kind === 'abort')
      running.get(message.id)?.controller.abort(new Error('the handler has to end'));
    else {
      const waiting = emissions.get(message.emission);
      emissions.delete(message.emission);
      if (message.kind === 'emitted') waiting?.resolve(message.eventId);
      else waiting?.reject(new Error(message.reason));
    }
  };
}

/** Sends the output of a delivery, up to the cap. Drops output outside of a delivery. */
function sendOutput(
  send: Send,
  current: AsyncLocalStorage<Delivery>,
): (delivery: Delivery, text: string) => void {
  const say = (delivery: Delivery, text: string): void => {
    const room = OUTPUT_CAP - delivery.outputLength;
    delivery.outputLength += text.length;
    if (room > 0 && text !== '')
      send({ kind: 'output', id: delivery.id, text: text.slice(0, room) });
  };
  for (const stream of [process.stdout, process.stderr])
    stream.write = (text: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
      const delivery = current.getStore();
      if (delivery !== undefined)
        say(delivery, typeof text === 'string' ? text : Buffer.from(text).toString());
      const written = rest.at(-1);
      if (typeof written === 'function')
        process.nextTick(() => void Reflect.apply(written, undefined, []));
      return true;
    };
  return say;
}

/**
 * Puts the cause of a delivery into the environment, as in a handler that is a program, so that
 * events emitted in it or in a child process name their cause.
 */
function causeByDelivery(current: AsyncLocalStorage<Delivery>): void {
  const own = process.env;
  Object.defineProperty(process, 'env', {
    configurable: true,
    enumerable: true,
    get: () => current.getStore()?.environment ?? own,
  });
}

interface ExportedHandler extends FoundHandler {
  readonly handle: Handle;
}

/**
 * Returns the exported handlers. One that is exported twice counts by its own name, not as the
 * default.
 */
function handlersOf(exported: JsonObject): readonly ExportedHandler[] {
  const isGeneral = (name: string): boolean => name === 'default' || name === 'module.exports';
  const names = Object.keys(exported).sort(
    (one, other) => Number(isGeneral(one)) - Number(isGeneral(other)),
  );
  const seen = new Set<unknown>();
  return names.flatMap((name) => {
    const value = exported[name];
    if (seen.has(value) || !isJsonObject(value)) return [];
    const { handle, ...settings } = value;
    if (typeof handle !== 'function') return [];
    seen.add(value);
    const plain = Object.entries(settings).map(
      ([key, setting]) => [key, typeof setting === 'function' ? `a function` : setting] as const,
    );
    return [
      {
        name: isGeneral(name) ? 'default' : name,
        settings: Object.fromEntries(plain),
        handle: (event: EventEnvelope, context: HandlerContext): unknown =>
          Reflect.apply(handle, value, [event, context]),
      },
    ];
  });
}

/** Returns the reason of an error, and the place in the user's code. */
function faultText(error: unknown): string {
  const reason = error instanceof Error ? `${error.name}: ${reasonOf(error)}` : reasonOf(error);
  const place =
    error instanceof Error ? /\n\s+at (?!.*node:)(.*)/.exec(error.stack ?? '')?.[1] : undefined;
  return place === undefined || place.includes('handler-runner')
    ? reason
    : `${reason} (at ${place})`;
}
