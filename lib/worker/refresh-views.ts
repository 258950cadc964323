import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import {
  AT_ONCE,
  dueRefreshes,
  metRefresh,
  type Refresh,
  refreshNews,
} from '../store/refreshes.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import type { MayGoOn, Turn } from './turn.ts';

/** Makes what is derived for one key again: writes a view, or derives rows. It reads the store as it is now, so making it twice changes nothing. */
export type Refresher = (database: Database, key: string) => void | Promise<void>;

export interface RefreshParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** By kind. A kind that is not here was asked for by a later version: its requests are dropped. */
  readonly refreshers: Readonly<Record<string, Refresher>>;
  /** Shortest time between two runs for one key, in milliseconds, by kind; a kind that is not here runs at once. */
  readonly paces: Readonly<Record<string, number>>;
  readonly isLeader: () => boolean;
  /** Asked before each one. */
  readonly goOn: MayGoOn;
  readonly log: Log;
}

/** Most at one turn: entries that came meanwhile go first. */
const MOST_MADE = 64;

/** Requests to read beside those that wait for their pace. */
const MOST_WAITING = 1_024;

/**
 * Makes again what events and transcripts have changed; the leader alone, as the only writer of views. What these runs ask for is made in the same turn.
 * One that fails is logged and dropped: the next change asks for it again.
 */
export function viewRefresher(parts: RefreshParts): Turn {
  const pacer = new Pacer(parts.paces);
  const waiting = new Waiting();
  return async () => {
    const database = parts.isLeader() ? parts.database() : undefined;
    if (database === undefined) return undefined;
    const left = waiting.leftMs(database, parts.clock());
    if (left !== 0) return left;
    let made = 0;
    for (;;) {
      const news = refreshNews(database);
      const wanted = wantedRuns(dueRefreshes(database, MOST_WAITING));
      const { due, waitMs } = pacer.choose(wanted, parts.clock());
      if (due.length === 0) return waiting.begin({ database, news, since: parts.clock(), waitMs });
      const met: Run[] = [];
      try {
        for (const run of due) {
          // while it waited, another folder may have taken the place of ours
          if (!(await parts.goOn()) || parts.database() === undefined) return undefined;
          if (made === MOST_MADE) return 0;
          made += 1;
          await makeAgain(database, run, parts);
          met.push(run);
          pacer.note(run, parts.clock());
        }
      } finally {
        forget(database, met);
      }
    }
  };
}

interface Wait {
  readonly database: Database;
  /** What {@link refreshNews} said. */
  readonly news: string;
  readonly since: number;
  /** `undefined`: nothing waits. */
  readonly waitMs: number | undefined;
}

/** Remembers that nothing is due. The worker asks at each turn of its loop, and most turns have nothing to do with views. */
class Waiting {
  #wait: Wait | undefined;

  begin(wait: Wait): number | undefined {
    this.#wait = wait;
    return wait.waitMs;
  }

  /** @returns milliseconds until something is due: 0 when it may be now, `undefined` when nothing waits. */
  leftMs(database: Database, now: number): number | undefined {
    const wait = this.#wait;
    if (wait === undefined || wait.database !== database || refreshNews(database) !== wait.news)
      return 0;
    if (wait.waitMs === undefined) return undefined;
    return now < wait.since ? 0 : Math.max(0, wait.since + wait.waitMs - now); // also after the clock stepped back
  }
}

/** In one transaction: each would cost a sync of the disk. */
function forget(database: Database, met: readonly Run[]): void {
  if (met.length === 0) return;
  inTransaction(database, () => {
    for (const { requests } of met) for (const request of requests) metRefresh(database, request);
  });
}

/** One run of a refresher, and the requests that it meets. */
interface Run {
  readonly kind: string;
  readonly key: string;
  readonly isUrgent: boolean;
  readonly requests: readonly Refresh[];
}

function wantedRuns(requests: readonly Refresh[]): readonly Run[] {
  const runs = new Map<string, Run>();
  for (const request of requests) {
    const isUrgent = request.kind.endsWith(AT_ONCE);
    const kind = isUrgent ? request.kind.slice(0, -AT_ONCE.length) : request.kind;
    const name = `${kind} ${request.key}`;
    const known = runs.get(name);
    runs.set(name, {
      kind,
      key: request.key,
      isUrgent: isUrgent || known?.isUrgent === true,
      requests: [...(known?.requests ?? []), request],
    });
  }
  return [...runs.values()];
}

async function makeAgain(
  database: Database,
  { kind, key }: Run,
  { refreshers, log }: RefreshParts,
): Promise<void> {
  try {
    await refreshers[kind]?.(database, key);
  } catch (error) {
    if (storeFaultOf(error) !== undefined) throw error;
    log('warn', 'VIEW_FAILED', `Cannot refresh ${kind} of ${key}: ${reasonOf(error)}`);
  }
}

/** When each paced key ran last. */
class Pacer {
  readonly #paces: RefreshParts['paces'];
  /** By kind, then by key. */
  readonly #madeAt = new Map<string, Map<string, number>>();

  constructor(paces: RefreshParts['paces']) {
    this.#paces = paces;
  }

  /** @returns what may run now, and after how many milliseconds the first of the others may. */
  choose(
    runs: readonly Run[],
    now: number,
  ): { readonly due: readonly Run[]; readonly waitMs: number | undefined } {
    const waits = runs.map((run) => this.#waitOf(run, now));
    const due = runs.filter((_run, index) => waits[index] === 0);
    const later = waits.filter((ms) => ms > 0);
    return { due, waitMs: later.length === 0 ? undefined : Math.min(...later) };
  }

  note({ kind, key }: Run, now: number): void {
    const pace = this.#paces[kind];
    if (pace === undefined) return;
    const known = this.#madeAt.get(kind) ?? new Map<string, number>();
    for (const [other, at] of known) if (Math.abs(now - at) >= pace) known.delete(other);
    this.#madeAt.set(kind, known.set(key, now));
  }

  #waitOf({ kind, key, isUrgent }: Run, now: number): number {
    const at = this.#madeAt.get(kind)?.get(key);
    const pace = this.#paces[kind];
    if (isUrgent || at === undefined || pace === undefined || now < at) return 0; // also after the clock stepped back
    return Math.max(0, at + pace - now);
  }
}
