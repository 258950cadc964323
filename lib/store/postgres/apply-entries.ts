import type { Change } from '../table-definition.ts';
import { type AppliedUpTo, endHost, type FleetHost, forgetSession, makeMonths } from './hosts.ts';
import { ROWS } from './merge-sql.ts';
import { PostgresFault } from './postgres-fault.ts';
import { applyHostsToPostgres, type HostChanges, type Shapes } from './postgres-sink.ts';
import { inPostgresTransaction, type PostgresSession } from './session.ts';
import type { SharedTable } from './table-shape.ts';

/** What an entry says of its host. */
export type HostMeta = FleetHost;

/** One batch of a host, which may arrive late, twice, or not at all. */
export interface HostEntry extends HostMeta {
  /** By the clock of the host, and by that of the server that took the entry. */
  readonly sentAt: number;
  readonly takenAt?: number;
  /** Where its feed began. */
  readonly start: AppliedUpTo;
  /** The entry follows on this position; `upTo` is the position behind it. */
  readonly from: AppliedUpTo;
  readonly upTo: AppliedUpTo;
  readonly changes: readonly Change[];
  /** The number of each change, or of the event that it is. */
  readonly numbers: readonly number[];
  /** How many of the changes are none of events, which come behind them. */
  readonly eventsAt: number;
  /** Hashes of sessions of which nothing may be left. */
  readonly forgotten: readonly string[];
  /** Whether the machine has left, and wants all that it has sent deleted. */
  readonly isLeaving: boolean;
}

/**
 * `applied`: it was new; `known`: it was applied before; `gap`: what comes before it has not
 * arrived, so nothing of it is applied; `left`: it has deleted its machine; `gone`: its machine was
 * deleted before; `foreign`: its machine is of another team.
 */
export type EntryOutcome = 'applied' | 'known' | 'gap' | 'left' | 'gone' | 'foreign';

export interface EntryResult {
  readonly outcome: EntryOutcome;
  /** Up to where PostgreSQL has the feed of the entry. */
  readonly upTo: AppliedUpTo;
  /** Changes that were applied. */
  readonly rows: number;
}

export interface EntryPlace {
  readonly tables: readonly SharedTable[];
  readonly shapes: Shapes;
  /** Months that are known to have a partition; filled here. */
  readonly months: Set<string>;
  /**
   * Called before the commit for each change that PostgreSQL refuses. Left out: the refusal is
   * thrown, and nothing is applied.
   */
  readonly onRefused?: (entry: HostEntry, change: Change, fault: Error) => Promise<void>;
}

/**
 * Applies entries in one transaction, together with the positions of their hosts: each change
 * counts once, however often it arrives. Entries of one host are in their order.
 * @throws {@link PostgresFault}; nothing is applied then.
 */
export async function applyEntries(
  session: PostgresSession,
  place: EntryPlace,
  entries: readonly HostEntry[],
): Promise<readonly EntryResult[]> {
  for (const { changes } of entries) await makeMonths(session, place, changes);
  return inPostgresTransaction(session, async () => {
    const known = await knownHosts(session, entries);
    const [left, foreign] = [
      await hostsBy(session, LEFT, entries),
      await hostsBy(session, FOREIGN, entries),
    ];
    const open = new OpenChanges(session, place);
    const results: EntryResult[] = [];
    for (const entry of entries) results.push(await take(entry, { known, left, foreign }, open));
    await open.apply();
    await noteHosts(session, entries, known);
    return results;
  });
}

interface KnownFeed {
  readonly feed: string;
  readonly upTo: AppliedUpTo;
}

async function knownHosts(
  session: PostgresSession,
  entries: readonly HostEntry[],
): Promise<Map<string, KnownFeed>> {
  const hosts = [...new Set(entries.map(({ host }) => host))];
  const rows = await session.query(
    `SELECT host, feed, applied, applied_events FROM ${ROWS}.hosts
     WHERE host IN (SELECT json_array_elements_text($1::json)) ORDER BY host FOR UPDATE`,
    [JSON.stringify(hosts)],
  );
  return new Map(
    rows.map(({ host, feed, applied, applied_events: events }) => [
      String(host),
      { feed: String(feed), upTo: { change: Number(applied), event: Number(events) } },
    ]),
  );
}

const LEFT = `SELECT host FROM ${ROWS}.left_hosts WHERE host IN (SELECT json_array_elements_text($1::json))`;
const FOREIGN = `SELECT host FROM ${ROWS}.foreign_hosts($1) AS f (host)`;

async function hostsBy(
  session: PostgresSession,
  select: string,
  entries: readonly HostEntry[],
): Promise<Set<string>> {
  const hosts = [...new Set(entries.map(({ host }) => host))];
  const rows = await session.query(select, [JSON.stringify(hosts)]);
  return new Set(rows.map(({ host }) => String(host)));
}

interface Machines {
  readonly known: Map<string, KnownFeed>;
  readonly left: Set<string>;
  readonly foreign: ReadonlySet<string>;
}

async function take(
  entry: HostEntry,
  { known, left, foreign }: Machines,
  open: OpenChanges,
): Promise<EntryResult> {
  const { host, feed, start, from, upTo } = entry;
  if (foreign.has(host)) return { outcome: 'foreign', upTo, rows: 0 };
  if (entry.isLeaving) {
    await open.end(host);
    known.delete(host);
    left.add(host);
    return { outcome: 'left', upTo, rows: 0 };
  }
  if (left.has(host)) return { outcome: 'gone', upTo, rows: 0 };
  const found = known.get(host);
  const place = found?.feed === feed ? found.upTo : start;
  if (from.change > place.change || from.event > place.event)
    return { outcome: 'gap', upTo: place, rows: 0 };
  const isNew = upTo.change > place.change || upTo.event > place.event;
  const after = isNew ? laterOf(place, upTo) : place;
  known.set(host, { feed, upTo: after });
  if (!isNew) return { outcome: 'known', upTo: place, rows: 0 };
  return { outcome: 'applied', upTo: after, rows: await open.add(entry, place) };
}

function laterOf(one: AppliedUpTo, other: AppliedUpTo): AppliedUpTo {
  return {
    change: Math.max(one.change, other.change),
    event: Math.max(one.event, other.event),
  };
}

/** Changes that wait for their statements: those of several entries go together. */
class OpenChanges {
  readonly #session: PostgresSession;
  readonly #place: EntryPlace;
  #entries: Array<{ readonly entry: HostEntry; readonly changes: readonly Change[] }> = [];

  constructor(session: PostgresSession, place: EntryPlace) {
    this.#session = session;
    this.#place = place;
  }

  /** @returns how many changes of the entry are behind `place`. */
  async add(entry: HostEntry, place: AppliedUpTo): Promise<number> {
    const { eventsAt, numbers, host, forgotten } = entry;
    const changes = entry.changes.filter(
      (_change, at) => (numbers[at] ?? 0) > (at < eventsAt ? place.change : place.event),
    );
    if (forgotten.length > 0) await this.apply(); // what was sent before goes, too
    for (const hash of forgotten)
      await forgetSession(this.#session, { host, tables: this.#place.tables }, hash);
    this.#entries.push({ entry, changes });
    return changes.length;
  }

  /** Deletes a machine, with what was sent before. */
  async end(host: string): Promise<void> {
    await this.apply();
    await endHost(this.#session, host, this.#place.tables);
  }

  async apply(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    if (this.#place.onRefused === undefined) await this.#write(entries);
    else if (!(await this.#isTaken(entries)))
      for (const { entry, changes } of entries) await this.#halve(entry, changes);
  }

  async #write(
    entries: ReadonlyArray<{ readonly entry: HostEntry; readonly changes: readonly Change[] }>,
  ): Promise<void> {
    const hosts = new Map<string, Change[]>();
    for (const { entry, changes } of entries) {
      const all = hosts.get(entry.host) ?? [];
      hosts.set(entry.host, all);
      for (const change of changes) all.push(change);
    }
    const list: readonly HostChanges[] = [...hosts].map(([host, changes]) => ({ host, changes }));
    await applyHostsToPostgres(this.#session, this.#place.shapes, list);
  }

  /** @returns whether it was applied. @throws what says nothing of the changes. */
  async #isTaken(
    entries: ReadonlyArray<{ readonly entry: HostEntry; readonly changes: readonly Change[] }>,
    onRefused?: (fault: Error) => Promise<void>,
  ): Promise<boolean> {
    await this.#session.script('SAVEPOINT entries');
    try {
      await this.#write(entries);
    } catch (fault) {
      if (!isRefusal(fault)) throw fault;
      await this.#session.script('ROLLBACK TO SAVEPOINT entries');
      await onRefused?.(fault);
      return false;
    }
    await this.#session.script('RELEASE SAVEPOINT entries');
    return true;
  }

  /** Finds what is refused by halves, so that it takes no other change with it. */
  async #halve(entry: HostEntry, changes: readonly Change[]): Promise<void> {
    const [only] = changes;
    if (only === undefined) return;
    const isAlone = changes.length === 1;
    const onRefused = isAlone
      ? (fault: Error) => this.#place.onRefused?.(entry, only, fault) ?? Promise.resolve()
      : undefined;
    if ((await this.#isTaken([{ entry, changes }], onRefused)) || isAlone) return;
    const middle = Math.ceil(changes.length / 2);
    await this.#halve(entry, changes.slice(0, middle));
    await this.#halve(entry, changes.slice(middle));
  }
}

/** Errors that are none of the server come from the merge rules: they are of the change, too. */
function isRefusal(fault: unknown): fault is Error {
  return fault instanceof PostgresFault ? fault.kind === 'refused' : fault instanceof Error;
}

async function noteHosts(
  session: PostgresSession,
  entries: readonly HostEntry[],
  known: ReadonlyMap<string, KnownFeed>,
): Promise<void> {
  const last = new Map(entries.map((entry) => [entry.host, entry]));
  const rows = [...last.values()].flatMap(({ host, name, person, version, sentAt, takenAt }) => {
    const { feed, upTo } = known.get(host) ?? {};
    if (feed === undefined || upTo === undefined) return [];
    const ahead = takenAt === undefined ? null : sentAt - takenAt;
    return [{ host, name, person, version, feed, ...upTo, ahead }];
  });
  if (rows.length === 0) return;
  await session.query(
    `INSERT INTO ${ROWS}.hosts AS h (host, name, person, version, feed, applied, applied_events, sent_at, clock_ahead_ms)
     SELECT host, name, person, version, feed, change, event, now(), ahead
     FROM json_to_recordset($1::json) AS x(host text, name text, person text, version text, feed text, change bigint, event bigint, ahead bigint)
     ON CONFLICT (host) DO UPDATE SET name = excluded.name, person = excluded.person, version = excluded.version, feed = excluded.feed,
       applied = excluded.applied, applied_events = excluded.applied_events, sent_at = excluded.sent_at,
       clock_ahead_ms = coalesce(excluded.clock_ahead_ms, h.clock_ahead_ms)`,
    [JSON.stringify(rows)],
  );
}
