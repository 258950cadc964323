import { type EventHead, lastSeq, readNewEvents } from '../../query/new-events.ts';
import { queryStore } from '../../query/store-view.ts';
import type { DashboardPlace } from './place.ts';

/** A message from the server to the page. Both depend on the field names. */
export type LiveMessage =
  /** First of each connection. `start` is another one after the server has started again. */
  | { readonly kind: 'hello'; readonly seq: number; readonly start: string }
  /** Nothing has changed for a while, and the connection is alive. */
  | { readonly kind: 'quiet'; readonly seq: number }
  /** Something has changed: ask again for what is shown. */
  | {
      readonly kind: 'changed';
      readonly seq: number;
      /** Events since the last message. */
      readonly count: number;
      /** The latest of them, for a page that asked for them; others get none. */
      readonly events: readonly EventHead[];
      /** Sessions of those events. */
      readonly sessions: readonly string[];
    };

/** Most events in one message: what came besides is counted. */
export const MAX_EVENTS = 500;

/** A connection through which nothing comes for longer is taken for dead by the page. */
const SILENCE_MS = 15_000;

export interface LiveWish {
  /** The number of the last event that the page has; left out: from now on. */
  readonly after?: number | undefined;
  /** Whether the page shows events one by one. */
  readonly wantsEvents: boolean;
}

/**
 * The live messages of one tab, as server-sent events. The next one is made when the tab has taken
 * the last one: a slow tab gets fewer, never older ones, and nothing piles up here.
 */
export function liveStream(
  place: DashboardPlace,
  wish: LiveWish,
  start: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const closed = new AbortController();
  const messages = liveMessages(place, wish, {
    start,
    signal: AbortSignal.any([closed.signal, place.signal]),
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await messages.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        closed.abort();
        await messages.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

interface Connection {
  readonly start: string;
  readonly signal: AbortSignal;
}

async function* liveMessages(
  place: DashboardPlace,
  { after, wantsEvents }: LiveWish,
  { start, signal }: Connection,
): AsyncGenerator<string> {
  const changes = changesIn(place, signal);
  try {
    const now = await seqNow(place);
    // of a store that was replaced, nothing the page has counts
    let seq = after === undefined || after > now ? now : after;
    yield messageText({ kind: 'hello', seq, start });
    let isFirst = seq !== now;
    while (!signal.aborted) {
      const isChanged = isFirst || (await changes.next(SILENCE_MS));
      isFirst = false;
      if (signal.aborted) return;
      if (!isChanged) {
        yield messageText({ kind: 'quiet', seq });
        continue;
      }
      const message = await changedSince(place, seq, wantsEvents);
      seq = message.seq;
      yield messageText(message);
    }
  } finally {
    changes.end();
  }
}

async function seqNow({ folder }: DashboardPlace): Promise<number> {
  try {
    return folder.team === undefined ? await queryStore(folder, 0, lastSeq) : 0;
  } catch {
    return 0; // the page's own questions say what is wrong with the store
  }
}

async function changedSince(
  { folder }: DashboardPlace,
  seq: number,
  wantsEvents: boolean,
): Promise<Extract<LiveMessage, { kind: 'changed' }>> {
  const none = { seq, count: 0, events: [] };
  // each machine numbers its own events
  if (folder.team !== undefined) return { kind: 'changed', ...none, sessions: [] };
  const found = await queryStore(folder, none, (database) =>
    readNewEvents(database, seq, MAX_EVENTS),
  ).catch(() => none);
  const sessions = [...new Set(found.events.flatMap(({ session }) => session ?? []))].slice(0, 50);
  return { kind: 'changed', ...found, events: wantsEvents ? found.events : [], sessions };
}

function messageText(message: LiveMessage): string {
  return `id: ${message.seq}\ndata: ${JSON.stringify(message)}\n\n`;
}

interface Changes {
  /** Whether something changed since the last call, now or within `ms`. */
  readonly next: (ms: number) => Promise<boolean>;
  readonly end: () => void;
}

function changesIn({ watch }: DashboardPlace, signal: AbortSignal): Changes {
  let isPending = false;
  let wake: ((isChanged: boolean) => void) | undefined;
  const stopListening = watch.listen(() => {
    if (wake === undefined) isPending = true;
    else wake(true);
  });
  const onAbort = (): void => wake?.(false);
  signal.addEventListener('abort', onAbort);
  return {
    next(ms) {
      if (isPending || signal.aborted) {
        isPending = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(false), ms);
        wake = (isChanged) => {
          clearTimeout(timer);
          wake = undefined;
          resolve(isChanged);
        };
      });
    },
    end() {
      stopListening();
      signal.removeEventListener('abort', onAbort);
      wake?.(false);
    },
  };
}
