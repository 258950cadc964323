import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import {
  IMMEDIATE_SUFFIX,
  listDueRefreshes,
  completeRefresh,
  type Refresh,
  refreshVersion,
} from '../store/refreshes.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import type { CanContinue, Step } from './step.ts';

/**
 * Makes again what is derived for one key: writes a view, or derives rows. Reads the current store,
 * so a repetition changes nothing.
 */
export type Refresher = (database: Database, key: string) => void | Promise<void>;

/** Shortest time between two runs for one key, in milliseconds. */
export interface Pace {
  readonly ms: number;
  /**
   * While many keys are active: `ms` / {@link FEW} for each of them, up to this. Default: `ms`,
   * however many there are.
   */
  readonly crowdedMs?: number;
}

/** Up to this many active sessions count as one person's. More sessions share the runs of these. */
const FEW = 3;

/**
 * If nothing was requested for this long, no session is active: waiting requests run at the usual
 * pace, so that the worker can rest.
 */
const CALM_MS = 3_000;

export interface RefreshParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** By kind. Requests of an unknown kind come from a later version and are dropped. */
  readonly refreshers: Readonly<Record<string, Refresher>>;
  /** By kind. Kinds without a pace run at once. */
  readonly paces: Readonly<Record<string, Pace>>;
  readonly isLeader: () => boolean;
  /** Called before each run. */
  readonly canContinue: CanContinue;
  readonly log: Log;
}

/** Most runs per step. New entries are processed in between. */
const MAX_MADE = 64;

/**
 * Shortest wait for paced requests. Each key has its own time, and with many active sessions the
 * worker would wake for each. A new request ends the wait.
 */
const GATHER_MS = 500;

/** Requests to read beside those that wait for their pace. */
const MAX_WAITING = 1_024;

/**
 * Makes the step that refreshes what events and transcripts changed. For the leader only, because
 * it alone writes views. Requests that a run makes are handled in the same step. Logs and drops a
 * failing one: the next change requests it again.
 */
export function viewRefresher(parts: RefreshParts): Step {
  const pacer = new Pacer(parts.paces);
  const waiting = new Waiting();
  let seen = { news: '', at: 0 };
  return async () => {
    const database = parts.isLeader() ? parts.database() : undefined;
    if (database === undefined) return undefined;
    const left = waiting.leftMs(database, parts.clock());
    if (left !== 0) return left;
    let made = 0;
    for (;;) {
      const news = refreshVersion(database);
      if (news !== seen.news) seen = { news, at: parts.clock() };
      const wanted = wantedRuns(listDueRefreshes(database, MAX_WAITING));
      const { due, waitMs } = pacer.choose(wanted, parts.clock(), seen.at + CALM_MS);
      if (due.length === 0) return waiting.begin({ database, news, since: parts.clock(), waitMs });
      const met: Run[] = [];
      try {
        for (const run of due) {
          // While it waited, another folder may have replaced ours.
          if (!(await parts.canContinue()) || parts.database() === undefined) return undefined;
          if (made === MAX_MADE) return 0;
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
  /** The result of {@link refreshVersion}. */
  readonly news: string;
  readonly since: number;
  /** `undefined`: nothing waits. */
  readonly waitMs: number | undefined;
}

/**
 * Remembers that nothing is due. The worker asks at each loop, and usually nothing concerns views.
 */
class Waiting {
  #wait: Wait | undefined;

  begin(wait: Wait): number | undefined {
    this.#wait = wait;
    return wait.waitMs;
  }

  /**
   * @returns milliseconds until something is due: 0 if it may be now, `undefined` if nothing waits.
   */
  leftMs(database: Database, now: number): number | undefined {
    const wait = this.#wait;
    if (wait === undefined || wait.database !== database || refreshVersion(database) !== wait.news)
      return 0;
    if (wait.waitMs === undefined) return undefined;
    // Also after the clock stepped back.
    return now < wait.since ? 0 : Math.max(0, wait.since + wait.waitMs - now);
  }
}

/** Deletes requests in one transaction: each would cost a sync. */
function forget(database: Database, met: readonly Run[]): void {
  if (met.length === 0) return;
  inTransaction(database, () => {
    for (const { requests } of met)
      for (const request of requests) completeRefresh(database, request);
  });
}

/** One run of a refresher, and the requests that it covers. */
interface Run {
  readonly kind: string;
  readonly key: string;
  readonly isUrgent: boolean;
  readonly requests: readonly Refresh[];
}

function wantedRuns(requests: readonly Refresh[]): readonly Run[] {
  const runs = new Map<string, Run>();
  for (const request of requests) {
    const isUrgent = request.kind.endsWith(IMMEDIATE_SUFFIX);
    const kind = isUrgent ? request.kind.slice(0, -IMMEDIATE_SUFFIX.length) : request.kind;
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

/** Remembers when each paced key last ran. */
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
    calmAt: number,
  ): { readonly due: readonly Run[]; readonly waitMs: number | undefined } {
    const waits = runs.map((run) => this.#waitOf(run, now, calmAt - now));
    const due = runs.filter((_run, index) => waits[index] === 0);
    const later = waits.filter((ms) => ms > 0);
    return {
      due,
      waitMs: later.length === 0 ? undefined : Math.max(GATHER_MS, Math.min(...later)),
    };
  }

  note({ kind, key }: Run, now: number): void {
    const pace = this.#paces[kind];
    if (pace === undefined) return;
    const known = this.#madeAt.get(kind) ?? new Map<string, number>();
    const longestMs = pace.crowdedMs ?? pace.ms;
    for (const [other, at] of known) if (Math.abs(now - at) >= longestMs) known.delete(other);
    this.#madeAt.set(kind, known.set(key, now));
  }

  /** Returns the pace for many active keys. */
  #sharedMs(kind: string, { ms, crowdedMs = ms }: Pace): number {
    const shared = (ms / FEW) * (this.#madeAt.get(kind)?.size ?? 0);
    return Math.min(crowdedMs, Math.max(ms, shared));
  }

  #waitOf({ kind, key, isUrgent }: Run, now: number, calmMs: number): number {
    const at = this.#madeAt.get(kind)?.get(key);
    const pace = this.#paces[kind];
    // Also after the clock stepped back.
    if (isUrgent || at === undefined || pace === undefined || now < at) return 0;
    const usual = Math.max(0, at + pace.ms - now);
    const shared = at + this.#sharedMs(kind, pace) - now;
    return Math.min(Math.max(usual, calmMs), Math.max(usual, shared));
  }
}
