import { statSync } from 'node:fs';
import type { Log } from '../core/log.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { openStore, type MigrationBlocker } from '../store/open-store.ts';
import { emptyLog } from '../store/pragmas.ts';
import { type StoreFault, type StoreFaultKind, storeFaultOf } from '../store/store-fault.ts';

export interface StoreConnectionOptions {
  readonly path: string;
  readonly open: OpenDatabase;
  readonly clock: () => number;
  readonly log: Log;
  /** Called when an outage has lasted long enough for an alert, once per outage. */
  readonly onOutage: (fault: StoreFault) => void;
  /** Returns why a store from before schema 1 cannot be moved now. */
  readonly migrationBlocker: MigrationBlocker;
}

/** A lock that another program holds for less than this is normal. */
const PATIENCE_MS = 5_000;
const FIRST_PROBE_MS = 50;
const SLOWEST_PROBE_MS = 5_000;

/** Deleting a state folder takes no longer than this, unless it is very large. */
const REMOVAL_MS = 1_000;

/**
 * Faults that are over as soon as the write lock is available. For the others (a full disk, a
 * broken page) only a commit proves it.
 */
const OVER_WHEN_LOCKED: readonly StoreFaultKind[] = [
  'BUSY',
  'LOCKED',
  'CANTOPEN',
  'PROTOCOL',
  'NOTADB',
  'READONLY',
  'TOO_NEW',
];

/**
 * The connection to the store. Opens it on demand, closes it when it fails, and probes with growing
 * delays until it works again.
 */
export class StoreConnection {
  readonly #options: StoreConnectionOptions;
  #database: Database | undefined;
  #inode = 0;
  #downSince: number | undefined;
  #probeAt = 0;
  /** Until then, a deleted store is not created again. */
  #removedUntil = 0;
  #probeDelay = FIRST_PROBE_MS;
  #isAlerted = false;
  #fault: StoreFault | undefined;

  constructor(options: StoreConnectionOptions) {
    this.#options = options;
  }

  /** Returns the current fault, if any. */
  get fault(): StoreFault | undefined {
    return this.#fault;
  }

  /** Whether the store is unavailable for another reason than a short lock. */
  get isUnavailable(): boolean {
    return this.#fault !== undefined && (this.#fault.kind !== 'BUSY' || this.#isAlerted);
  }

  /**
   * Returns milliseconds until the next probe; 0 if the store works, or if the next entry is the
   * probe.
   */
  get waitMs(): number {
    const probeAt = this.#downSince === undefined ? 0 : this.#probeAt;
    const left = Math.max(probeAt, this.#removedUntil) - this.#options.clock();
    // A clock that stepped back must not delay the probe.
    return left > SLOWEST_PROBE_MS ? 0 : Math.max(0, left);
  }

  /**
   * Returns the open store, or `undefined` while it is unavailable and no probe is due.
   * @throws errors that are not the store's fault.
   */
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

  /** The store failed: it is not used until a probe succeeds. */
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
    // No alert: only the store could take it, and each start of a worker would queue another.
    if (fault.kind === 'TOO_NEW') return;
    if (this.#isAlerted || (fault.kind === 'BUSY' && now - this.#downSince < PATIENCE_MS)) return;
    this.#isAlerted = true;
    this.#options.onOutage(fault);
  }

  /** A transaction was committed, or could be: any earlier fault is over. */
  reportSuccess(): void {
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
   * Whether the file of the open store was just deleted. If the whole folder is being deleted, a
   * new store would prevent that from finishing. Logs nothing yet, for the same reason.
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
        'The file of the store was removed; it is created again',
      );
    this.#removedUntil = 0;
    this.close();
    const { path, open, migrationBlocker } = this.#options;
    this.#database = openStore(path, open, 'NORMAL', migrationBlocker);
    this.#inode = inodeOf(this.#options.path, 0);
  }

  #probe(): void {
    if (this.#fault === undefined || !OVER_WHEN_LOCKED.includes(this.#fault.kind)) return;
    this.#database?.exec('BEGIN IMMEDIATE');
    this.#database?.exec('ROLLBACK');
    this.reportSuccess();
  }

  /** Closes the store at the end, and empties its write-ahead log. */
  finish(): void {
    try {
      if (this.#database !== undefined) emptyLog(this.#database);
    } catch (error) {
      // The log stays then, and is read at the next start.
      if (storeFaultOf(error) === undefined) throw error;
    }
    this.close();
  }

  close(): void {
    const database = this.#database;
    this.#database = undefined;
    try {
      database?.close();
    } catch (error) {
      if (storeFaultOf(error) === undefined) throw error; // Closing a broken store may fail, too.
    }
  }
}

/**
 * Returns the inode of a path; 0 if it is missing, `unknown` if the disk does not answer, which
 * says nothing about the open file.
 */
function inodeOf(path: string, unknown: number): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
  } catch {
    return unknown;
  }
}
