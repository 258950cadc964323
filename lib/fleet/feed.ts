import { reasonOf } from '../core/errors.ts';
import { remedyOf } from './fault-remedy.ts';
import type { Log } from '../core/log.ts';
import {
  compactChanges,
  feedState,
  isTracking,
  lastEvent,
  noteAllRows,
  setFeedState,
  startTracking,
  trackedChanges,
} from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import type { AppliedUpTo } from '../store/postgres/hosts.ts';
import type { SharedTable } from '../store/postgres/table-shape.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import {
  distance,
  feedStart,
  hasLostConfirmed,
  later,
  newFeed,
  noteFeed,
  positionOf,
} from './feed-position.ts';
import type { ShareRule } from './field-groups.ts';
import type { FleetOutlet } from './outlet.ts';
import { type FleetBatch, readBatch } from './read-batch.ts';
import { faultKindOf } from './redis/redis-fault.ts';
import { emptyBatch } from './redis/redis-outlet.ts';
import { shapesOf, trackedTables } from './shared-tables.ts';

export interface FleetFeedParts {
  /** The store while this worker leads; `undefined`: not now. */
  readonly database: () => Database | undefined;
  readonly tables: () => readonly SharedTable[];
  readonly rules: () => readonly ShareRule[];
  /** The salt of this machine. */
  readonly salt: string;
  /** Opens the way to the team. @param feed Names the store. @param start Where it began. */
  readonly open: (feed: string, start: AppliedUpTo) => Promise<FleetOutlet>;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: Log;
}

/** Changes of one batch, and events. */
const MOST = 500;

/** So long further changes are gathered before the first is sent. */
const GATHER_MS = 25;

/** A connection that is not used is closed after this time: many machines share a server. */
const IDLE_MS = 30_000;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Most changes and events that are sent before the team has them. */
const MAX_UNCONFIRMED = 20_000;

/** Times between two looks at what the team has. After the last one it is asked by an entry. */
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 60_000;

/** While nothing can be sent, changes of the same rows are summed up each time they are so many. */
const COMPACT_AT = 20_000;

/**
 * Sends what changes in the store to the place of the team, beside the worker's loop and in the
 * order of the changes. What was not sent stays noted in the store, so that no outage loses any.
 */
export class FleetFeed {
  readonly #parts: FleetFeedParts;
  #outlet: FleetOutlet | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #retryAt = 0;
  #delay = FIRST_RETRY_MS;
  #most = MOST;
  #compactAt = COMPACT_AT;
  #idle: NodeJS.Timeout | undefined;
  /** Up to where batches are under way; `undefined`: no further than the team has them. */
  #sent: AppliedUpTo | undefined;
  /** Rows that were sent since the last receipt. */
  #rows = 0;
  #lookAt = 0;
  #lookDelay = FIRST_LOOK_MS;
  #look: NodeJS.Timeout | undefined;
  /** Whether it was poked while it ran. */
  #isPoked = false;
  #prepared: Database | undefined;
  #failed: string | undefined;

  constructor(parts: FleetFeedParts) {
    this.#parts = parts;
  }

  /**
   * Begins to send when there is news. Returns at once. @returns after how many milliseconds it
   * wants to be asked again; `undefined`: when something has changed.
   */
  poke(): number | undefined {
    if (this.#isClosed) return undefined;
    if (this.#running !== undefined) {
      this.#isPoked = true;
      return undefined;
    }
    const wait = this.#retryAt - this.#parts.clock();
    if (wait > LAST_RETRY_MS)
      this.#retryAt = 0; // the clock was set back
    else if (wait > 0) return wait;
    const database = this.#parts.database();
    if (database === undefined || !this.#hasWork(database)) return undefined;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // it may have looked for news before there was any
      if (!this.#isPoked) return;
      this.#isPoked = false;
      this.poke();
    });
    return undefined;
  }

  /** Sends all that waits, and resolves when it is sent or cannot be. */
  async drain(): Promise<void> {
    this.#lookAt = 0;
    this.poke();
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends it. A batch that is under way is there or not; if not, it is sent again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#look);
    await this.#running?.catch(() => undefined);
    await this.#hangUp();
  }

  #hasWork(database: Database): boolean {
    this.#prepare(database);
    const known = positionOf(database);
    const sent = later(known, this.#sent);
    const isDue = this.#parts.clock() >= this.#lookAt;
    const hasNews = trackedChanges(database).last > sent.change || lastEvent(database) > sent.event;
    if (hasNews && distance(known, sent) < MAX_UNCONFIRMED) return true;
    return isDue && distance(known, sent) > 0;
  }

  /** The store may have been made anew since the machine joined. */
  #prepare(database: Database): void {
    if (this.#prepared === database) return;
    if (!isTracking(database) || feedState(database)['feed'] === undefined) {
      startTracking(database, trackedTables(this.#parts.tables()));
      setFeedState(database, { feed: newFeed(), events: 0 });
      noteAllRows(database, trackedTables(this.#parts.tables()));
    }
    this.#prepared = database;
  }

  async #run(): Promise<void> {
    clearTimeout(this.#idle);
    try {
      await this.#parts.pause(GATHER_MS);
      const isReused = this.#outlet !== undefined;
      try {
        await this.#sendAll();
      } catch (error) {
        // a server ends connections that were idle: that says nothing of now
        if (!isReused || !isDown(error)) throw error;
        await this.#hangUp();
        this.#sent = undefined;
        await this.#sendAll();
      }
      this.#succeeded();
    } catch (error) {
      await this.#fail(error);
    }
    if (this.#isClosed) await this.#hangUp();
    if (this.#outlet !== undefined) {
      this.#idle = setTimeout(() => void this.#hangUp(), IDLE_MS);
      this.#idle.unref();
    }
  }

  async #sendAll(): Promise<void> {
    for (let ahead = 0; ; ) {
      const database = this.#parts.database();
      if (database === undefined || this.#isClosed) return;
      this.#outlet ??= await this.#connect(database);
      const batch = this.#nextBatch(database);
      if (batch !== undefined && (await this.#send(batch))) {
        this.#sent = { change: batch.upTo, event: batch.eventsUpTo };
        ahead += 1;
      }
      if (batch !== undefined && ahead < this.#outlet.maxAhead) continue;
      ahead = 0;
      if (!(await this.#askReceipt(this.#outlet)) && batch === undefined) return;
    }
  }

  /** What is to be sent now: nothing while the team lags behind. */
  #nextBatch(database: Database): FleetBatch | undefined {
    const known = positionOf(database);
    const sent = later(known, this.#sent);
    if (distance(known, sent) >= MAX_UNCONFIRMED) return undefined;
    return readBatch(database, sent, {
      shapes: shapesOf(this.#parts.tables()),
      rules: this.#parts.rules(),
      salt: this.#parts.salt,
      most: this.#most,
    });
  }

  /** @returns whether the batch is done with; else a smaller one is to be sent. */
  async #send(batch: FleetBatch): Promise<boolean> {
    try {
      await this.#outlet?.send(batch, this.#parts.clock());
      this.#rows += batch.changes.length;
      this.#most = Math.min(MOST, this.#most * 2);
    } catch (error) {
      if (faultKindOf(error) !== 'refused') throw error;
      if (this.#most > 1) {
        this.#most = Math.max(1, Math.floor(this.#most / 8));
        return false;
      }
      const reason = reasonOf(error);
      this.#parts.log('warn', 'FLEET_REFUSED', `The team's store refused a row: ${reason}`);
      // its place must be no gap
      const skipped = { ...batch, changes: [], numbers: [], eventsAt: 0 };
      await this.#outlet?.send(skipped, this.#parts.clock());
    }
    return true;
  }

  /** Notes what the team has. @returns whether there is more to send now than before. */
  async #askReceipt(outlet: FleetOutlet): Promise<boolean> {
    const { upTo, isLost } = await outlet.receipt();
    const database = this.#parts.database();
    if (database === undefined) return false;
    const before = positionOf(database);
    const wasFull = distance(before, later(before, this.#sent)) >= MAX_UNCONFIRMED;
    this.#note(upTo, true);
    if (isLost) {
      if (hasLostConfirmed(database, upTo)) this.#beginAnew(database);
      else
        this.#parts.log('warn', 'FLEET_RESENT', 'Redis has lost what was sent: sending it again');
      await this.#hangUp(); // the next connection begins another round
      this.#sent = undefined;
      return true;
    }
    const known = positionOf(database);
    const sent = later(known, this.#sent);
    const hasMoved = distance(before, known) > 0;
    if (distance(known, sent) > 0) await this.#scheduleLook(outlet, sent, hasMoved);
    return wasFull && hasMoved;
  }

  /** The team has not yet everything: looks later, and at last asks by an entry without changes. */
  async #scheduleLook(outlet: FleetOutlet, sent: AppliedUpTo, hasMoved: boolean): Promise<void> {
    const { clock } = this.#parts;
    if (!hasMoved && this.#lookDelay >= LAST_LOOK_MS) await outlet.send(emptyBatch(sent), clock());
    this.#lookDelay = hasMoved ? FIRST_LOOK_MS : Math.min(LAST_LOOK_MS, this.#lookDelay * 2);
    this.#lookAt = clock() + this.#lookDelay;
    clearTimeout(this.#look);
    if (this.#isClosed) return;
    this.#look = setTimeout(() => this.poke(), this.#lookDelay);
    this.#look.unref();
  }

  async #connect(database: Database): Promise<FleetOutlet> {
    const outlet = await this.#open(database);
    const { change, event } = outlet.arrived;
    const { last } = trackedChanges(database);
    const isOlderHere = change > last || event > lastEvent(database);
    const isOlderThere = outlet.isExact && hasLostConfirmed(database, outlet.arrived);
    if (!isOlderHere && !isOlderThere) {
      // what arrived without our hearing of it
      this.#note(outlet.arrived, false);
      return outlet;
    }
    await outlet.close();
    this.#beginAnew(database);
    return this.#open(database);
  }

  /**
   * An older copy of a store was put back, here or at the team. Nothing records what it lacks, so
   * everything is sent under a new count.
   */
  #beginAnew(database: Database): void {
    const message = 'A store is older than what was sent: sending everything again';
    this.#parts.log('warn', 'FLEET_RESENT', message);
    setFeedState(database, { feed: newFeed(), changes: 0, events: 0 });
    noteAllRows(database, trackedTables(this.#parts.tables()));
    this.#sent = undefined;
  }

  #open(database: Database): Promise<FleetOutlet> {
    const { feed, start } = feedStart(database);
    return this.#parts.open(feed, start);
  }

  #note(upTo: AppliedUpTo, isWell: boolean): void {
    const database = this.#parts.database();
    if (database === undefined) return;
    const now = this.#parts.clock();
    noteFeed(database, { upTo, sent: this.#sent ?? upTo, rows: this.#rows, now, isWell });
    this.#rows = 0;
  }

  #succeeded(): void {
    if (this.#failed !== undefined)
      this.#parts.log('info', 'FLEET_BACK', 'Sending to the team works again');
    this.#failed = undefined;
    this.#delay = FIRST_RETRY_MS;
    this.#compactAt = COMPACT_AT;
  }

  async #fail(error: unknown): Promise<void> {
    await this.#hangUp();
    [this.#sent, this.#rows] = [undefined, 0];
    const reason = reasonOf(error);
    if (this.#failed !== reason)
      this.#parts.log('warn', 'FLEET_DOWN', `Cannot send to the team: ${reason}`);
    this.#failed = reason;
    const mustBeMended = LASTING.has(faultKindOf(error) ?? '');
    this.#retryAt = this.#parts.clock() + (mustBeMended ? LAST_RETRY_MS : this.#delay);
    this.#delay = Math.min(LAST_RETRY_MS, this.#delay * 2);
    try {
      this.#noteFailure(reason, remedyOf(error));
    } catch (fault) {
      if (storeFaultOf(fault) === undefined) throw fault; // the worker looks after the store
    }
  }

  #noteFailure(reason: string, remedy: string | undefined): void {
    const database = this.#parts.database();
    if (database === undefined) return;
    setFeedState(database, {
      ...{ error: reason, error_remedy: remedy ?? null },
      error_at: this.#parts.clock(),
    });
    if (trackedChanges(database).waiting < this.#compactAt) return;
    compactChanges(database);
    this.#compactAt = trackedChanges(database).waiting + COMPACT_AT;
  }

  async #hangUp(): Promise<void> {
    const outlet = this.#outlet;
    this.#outlet = undefined;
    await outlet?.close().catch(() => undefined);
  }
}

/** Faults that last until a person fixes them. */
const LASTING: ReadonlySet<string> = new Set(['denied', 'schema', 'readonly']);

function isDown(error: unknown): boolean {
  return faultKindOf(error) === 'down';
}
