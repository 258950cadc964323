import { statSync } from 'node:fs';
import type { Log } from '../core/log.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { openStore, type WhyKept } from '../store/open-store.ts';
import { emptyLog } from '../store/pragmas.ts';
import { type StoreFault, type StoreFaultKind, storeFaultOf } from '../store/store-fault.ts';

export interface StoreKeeperOptions {
  readonly path: string;
  readonly open: OpenDatabase;
  readonly clock: () => number;
  readonly log: Log;
  /** Called when an outage has lasted long enough to be worth an alert, once per outage. */
  readonly onOutage: (fault: StoreFault) => void;
  /** Why a store from before schema 1 cannot be moved away now. */
  readonly whyKept: WhyKept;
}

/** A lock held by another program for less than this is everyday life. */
const PATIENCE_MS = 5_000;
const FIRST_PROBE_MS = 50;
const SLOWEST_PROBE_MS = 5_000;

/** Who deletes the state folder has deleted all of it in this time, if it is not very large. */
const REMOVAL_MS = 1_000;

/** Faults that are over as soon as the write lock can be had; the others (a full disk, a broken page) only a commit can disprove. */
const OVER_WHEN_LOCKED: readonly StoreFaultKind[] = [
  'BUSY',
  'LOCKED',
  'CANTOPEN',
  'PROTOCOL',
  'NOTADB',
  'READONLY',
  'TOO_NEW',
];

/** The store, opened when needed, closed when it fails, probed with growing patience until it serves again. */
export class StoreKeeper {
  readonly #options: StoreKeeperOptions;
  #database: Database | undefined;
  #inode = 0;
  #downSince: number | undefined;
  #probeAt = 0;
  /** Until when a store whose file was removed is not made again. */
  #removedUntil = 0;
  #probeDelay = FIRST_PROBE_MS;
  #isAlerted = false;
  #fault: StoreFault | undefined;

  constructor(options: StoreKeeperOptions) {
    this.#options = options;
  }

  /** What is wrong now, if anything. */
  get fault(): StoreFault | undefined {
    return this.#fault;
  }

  /** Whether more than another program's everyday lock is in the way. */
  get isOut(): boolean {
    return this.#fault !== undefined && (this.#fault.kind !== 'BUSY' || this.#isAlerted);
  }

  /** Milliseconds until the next probe is worth it; 0 when the store serves, or when the next entry is the probe. */
  get waitMs(): number {
    const probeAt = this.#downSince === undefined ? 0 : this.#probeAt;
    const left = Math.max(probeAt, this.#removedUntil) - this.#options.clock();
    return left > SLOWEST_PROBE_MS ? 0 : Math.max(0, left); // a clock that stepped back must not postpone the probe
  }

  /** The open store, or `undefined` while it is out and the next probe is not due. @throws what is not the store's fault. */
  get(): Database | undefined {
    if (this.waitMs > 0 || this.#isJustRemoved()) return undefined;
    try {
      const isOpen =
        this.#database !== undefined && this.#inode === inodeOf(this.#options.path, this.#inode);
      if (isOpen && this.#downSince === undefined) return this.#database;
      if (!isOpen) this.#open();
      this.#probe();
      return this.#database;
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault === undefined) throw error;
      this.report(fault);
      return undefined;
    }
  }

  /** The store failed: no further use until a probe succeeds. */
  report(fault: StoreFault): void {
    const now = this.#options.clock();
    if (this.#downSince === undefined) this.#downSince = now;
    if (this.#fault?.kind !== fault.kind)
      this.#options.log(
        fault.kind === 'BUSY' ? 'info' : 'error',
        'STORE_DOWN',
        `Cannot use the store: ${fault.message}`,
        { kind: fault.kind },
      );
    this.#fault = fault;
    if (fault.kind !== 'BUSY') this.close();
    this.#probeAt = now + this.#probeDelay;
    this.#probeDelay = Math.min(SLOWEST_PROBE_MS, this.#probeDelay * 2);
    if (fault.kind === 'TOO_NEW') return; // no alert: only the store could take it, and each start of a worker would queue another
    if (this.#isAlerted || (fault.kind === 'BUSY' && now - this.#downSince < PATIENCE_MS)) return;
    this.#isAlerted = true;
    this.#options.onOutage(fault);
  }

  /** A transaction was committed, or may be again: whatever was wrong is over. */
  succeeded(): void {
    if (this.#downSince === undefined) return;
    this.#options.log('info', 'STORE_BACK', 'The store is available again', {
      outageMs: this.#options.clock() - this.#downSince,
    });
    this.#downSince = undefined;
    this.#fault = undefined;
    this.#isAlerted = false;
    this.#probeDelay = FIRST_PROBE_MS;
  }

  /**
   * The file of the open store is gone. Perhaps the whole folder is being deleted: a store made anew
   * at once would keep that from coming to its end. Nothing is logged yet, for the same reason.
   */
  #isJustRemoved(): boolean {
    if (this.#database === undefined || inodeOf(this.#options.path, this.#inode) !== 0)
      return false;
    this.close();
    this.#removedUntil = this.#options.clock() + REMOVAL_MS;
    return true;
  }

  #open(): void {
    if (this.#removedUntil > 0)
      this.#options.log(
        'warn',
        'STORE_REMADE',
        'The file of the store was removed; it is made anew',
      );
    this.#removedUntil = 0;
    this.close();
    const { path, open, whyKept } = this.#options;
    this.#database = openStore(path, open, 'NORMAL', whyKept);
    this.#inode = inodeOf(this.#options.path, 0);
  }

  #probe(): void {
    if (this.#fault === undefined || !OVER_WHEN_LOCKED.includes(this.#fault.kind)) return;
    this.#database?.exec('BEGIN IMMEDIATE');
    this.#database?.exec('ROLLBACK');
    this.succeeded();
  }

  /** Closes the store for good, with its write-ahead log emptied. */
  finish(): void {
    try {
      if (this.#database !== undefined) emptyLog(this.#database);
    } catch (error) {
      if (storeFaultOf(error) === undefined) throw error; // the log is kept then, and read at the next start
    }
    this.close();
  }

  close(): void {
    const database = this.#database;
    this.#database = undefined;
    try {
      database?.close();
    } catch (error) {
      if (storeFaultOf(error) === undefined) throw error; // a broken store may fail to close, too
    }
  }
}

/** 0 when it is not there; `unknown` when the disk does not answer, which says nothing about the open file. */
function inodeOf(path: string, unknown: number): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
  } catch {
    return unknown;
  }
}
