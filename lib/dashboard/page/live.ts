import type { LiveMessage } from '../server/live-stream.ts';
import { ask, ProblemError } from './api.ts';
import { pageKey } from './page-key.ts';
import { createStore, type Store } from './store.ts';

/** `signed-out`: the token was replaced, so this tab has to be opened anew. */
export type LiveState = 'connecting' | 'live' | 'lost' | 'signed-out';

/** Whether the page hears of changes at this moment. */
export const liveState: Store<LiveState> = createStore<LiveState>('connecting');

type Changed = Extract<LiveMessage, { kind: 'changed' }>;

/** The server sends something every 15 seconds: after this long without, the connection is dead. */
const SILENCE_MS = 40_000;

/** A hidden tab closes its connection after this time: browsers allow six to a server. */
const HIDDEN_MS = 30_000;

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;

const changeListeners = new Set<(message: Changed | undefined) => void>();
const quietListeners = new Set<() => void>();
let eventReaders = 0;
let source: EventSource | undefined;
let seq: number | undefined;
let waitMs = FIRST_WAIT_MS;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
let heardAt = 0;

/**
 * Calls `onChange` when something may have changed: with the message, or with `undefined` when
 * messages may have been missed. Returns a function that ends it.
 */
export function onLiveChange(onChange: (message: Changed | undefined) => void): () => void {
  const tell = (message: Changed | undefined): void => onChange(message);
  changeListeners.add(tell);
  return () => void changeListeners.delete(tell);
}

/**
 * Calls `onQuiet` every 15 seconds in which nothing changed: time alone can make an answer wrong,
 * such as the state of a session that is silent. Returns a function that ends it.
 */
export function onLiveQuiet(onQuiet: () => void): () => void {
  const tell = (): void => onQuiet();
  quietListeners.add(tell);
  return () => void quietListeners.delete(tell);
}

/** Asks for events one by one while `onEvents` listens. Returns a function that ends it. */
export function onLiveEvents(
  onEvents: (message: Pick<Changed, 'events' | 'count'>) => void,
): () => void {
  const stop = onLiveChange((message) => {
    if (message !== undefined && message.count > 0) onEvents(message);
  });
  eventReaders += 1;
  if (eventReaders === 1) connect();
  return () => {
    stop();
    eventReaders -= 1;
    if (eventReaders === 0) connect();
  };
}

/** Connects, and keeps connected while the tab is visible. */
export function startLive(): void {
  connect();
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.visibilityState === 'hidden') hiddenTimer = setTimeout(disconnect, HIDDEN_MS);
    else if (source === undefined || isSilent()) connect();
  });
  window.addEventListener('online', () => connect());
  setInterval(() => {
    if (source !== undefined && isSilent()) connect();
  }, SILENCE_MS / 4);
}

function isSilent(): boolean {
  return Math.abs(Date.now() - heardAt) > SILENCE_MS; // the clock may be set back
}

function disconnect(): void {
  clearTimeout(retryTimer);
  source?.close();
  source = undefined;
}

function connect(): void {
  disconnect();
  heardAt = Date.now();
  const parameters = new URLSearchParams({ events: eventReaders > 0 ? '1' : '0' });
  parameters.set('key', pageKey()); // an EventSource cannot send a header
  if (seq !== undefined) parameters.set('after', String(seq));
  const opened = new EventSource(`/api/live?${parameters}`);
  source = opened;
  opened.addEventListener('message', ({ data }) => {
    if (source === opened) hear(JSON.parse(data));
  });
  opened.addEventListener('error', () => {
    if (source === opened) void retry();
  });
}

function hear(message: LiveMessage): void {
  heardAt = Date.now();
  waitMs = FIRST_WAIT_MS;
  if (message.kind === 'hello') {
    const isAgain = liveState.get() !== 'connecting' || seq !== undefined;
    seq = message.seq;
    liveState.set('live');
    if (isAgain) tell(undefined);
  } else if (message.kind === 'changed') {
    seq = message.seq;
    tell(message);
  } else for (const listener of [...quietListeners]) listener();
}

function tell(message: Changed | undefined): void {
  for (const listener of [...changeListeners]) listener(message);
}

async function retry(): Promise<void> {
  disconnect();
  liveState.set('lost');
  const wait = waitMs;
  waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  retryTimer = setTimeout(connect, wait);
  try {
    await ask('/api/about');
  } catch (error) {
    // an EventSource does not tell why it failed
    if (!(error instanceof ProblemError) || error.problem.code !== 'REFUSED') return;
    clearTimeout(retryTimer);
    liveState.set('signed-out');
  }
}
