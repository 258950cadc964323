import { readFileSync, statSync } from 'node:fs';
import { DAY_MS, HOUR_MS } from '../core/clock.ts';
import { type FolderFault, folderFault } from '../core/folder-fault.ts';
import { productVersion } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { QueueDepth } from '../queue/depth.ts';
import type { Row } from '../store/database.ts';
import { hasEndedSql } from '../store/sessions-table.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { installedSettings, isForPlugin } from './doctor/installed-settings.ts';
import { freeBytes } from './free-space.ts';
import { type HookErrors, readHookErrors } from './hook-errors.ts';
import { type LedgerCounts, readLedger } from './ledger.ts';
import { numberOf } from './row.ts';
import { openView, type StoreView } from './store-view.ts';
import { readQueueState, type SeenWorker } from './workers.ts';

/** What matters at a glance: few questions to the store, no walk over files. `status --json` has everything. */
export interface Glance {
  readonly home: string;
  /** Why no worker can use the state folder, and what to do; absent when one can. */
  readonly homeFault?: FolderFault | undefined;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly settings: readonly WiredFile[];
  /** Whether our plugin starts the hooks. */
  readonly hasPlugin: boolean;
  readonly workers: readonly SeenWorker[];
  readonly queue: QueueDepth;
  /** Of the sessions of the last 24 hours. */
  readonly ledger: LedgerCounts;
  readonly store: Pick<StoreView, 'state' | 'message'> & { readonly remedy?: string | undefined };
  /** Absent while the store cannot be read. */
  readonly counts: Counts | undefined;
  readonly freeBytes: number;
  /** Of the last 24 hours. */
  readonly hookErrors: HookErrors;
}

/** A settings file that the installer wired. */
export interface WiredFile {
  readonly file: string;
  /** How many of our hooks it starts now. */
  readonly hooks: number;
  /** How many it should start. */
  readonly expected: number;
  /** Whether it switches all hooks off. */
  readonly isOff: boolean;
}

/** What the store has; of today, but for the first two and the last. */
export interface Counts {
  readonly total: number;
  readonly running: number;
  readonly sessions: number;
  readonly calls: number;
  readonly failures: number;
  /** Warnings before a known failure, and how many of them were heeded. */
  readonly warned: number;
  readonly heeded: number;
  readonly deadDeliveries: number;
}

/** A killed client never says that it ends: without an event for this long a session is no longer running. */
const RUNNING_MS = HOUR_MS;

/** ?1: when the day began; ?2: since when an event shows that a session runs. */
const COUNTS = `WITH today AS (SELECT id FROM sessions WHERE last_event_at >= ?1)
  SELECT (SELECT count(*) FROM sessions) AS total,
    (SELECT count(*) FROM sessions WHERE last_event_at >= ?2 AND NOT ${hasEndedSql()}) AS running,
    (SELECT count(*) FROM today) AS sessions,
    (SELECT count(*) FROM today JOIN operations AS o ON o.session_id = today.id
      WHERE coalesce(o.at, o.hook_at) >= ?1) AS calls,
    (SELECT count(*) FROM today JOIN failures AS f ON f.session_id = today.id
      WHERE f.at >= ?1) AS failures,
    (SELECT count(*) FROM today JOIN told AS t ON t.session_id = today.id
      WHERE t.at >= ?1 AND t.kind = 'failure') AS warned,
    (SELECT count(*) FROM today JOIN told AS t ON t.session_id = today.id
      WHERE t.at >= ?1 AND t.kind = 'failure' AND t.outcome = 'heeded') AS heeded,
    (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead_deliveries`;

export interface GlanceParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Looks at what matters, changes nothing. Never throws for a store that is missing, locked or corrupt. */
export async function readGlance({ folder, clock, sleep }: GlanceParts): Promise<Glance> {
  const now = clock();
  const { depth, workers } = readQueueState(folder, now);
  const view = openView(folder);
  const isRecent = (session: string): boolean =>
    modifiedAt(`${folder.throttle}/${session}/captured`) >= now - DAY_MS;
  try {
    return {
      ...{ home: folder.root, homeFault: folderFault(folder.root) },
      ...{ version: productVersion(), at: now },
      settings: installedSettings(folder).map(({ file, hooks }) =>
        wiredFile(file, hooks.length, folder),
      ),
      hasPlugin: isForPlugin(folder),
      workers,
      queue: depth,
      ledger: await readLedger({ folder, view, clock, sleep, wanted: isRecent }),
      store: {
        ...{ state: view.state, message: view.message },
        ...(view.state === 'ok' || view.state === 'missing' ? {} : { remedy: view.remedy }),
      },
      counts: countsIn(view, now),
      freeBytes: freeBytes(folder),
      hookErrors: readHookErrors(folder, now - DAY_MS),
    };
  } finally {
    view.database?.close();
  }
}

function countsIn({ database, state }: StoreView, now: number): Counts | undefined {
  if (database === undefined) return state === 'missing' ? countsOf({}) : undefined;
  try {
    const day = new Date(now).setHours(0, 0, 0, 0);
    return countsOf(database.prepare(COUNTS).get(day, now - RUNNING_MS) ?? {});
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return undefined; // it broke between two reads
  }
}

function countsOf(row: Row): Counts {
  const of = (column: string): number => numberOf(row, column) ?? 0;
  return {
    ...{ total: of('total'), running: of('running'), sessions: of('sessions') },
    ...{ calls: of('calls'), failures: of('failures') },
    ...{ warned: of('warned'), heeded: of('heeded'), deadDeliveries: of('dead_deliveries') },
  };
}

/** Counts our launchers in the text of a settings file: `doctor` parses it. */
function wiredFile(file: string, expected: number, { bin }: StateFolder): WiredFile {
  const text = textOf(file);
  const names = text.split(`${bin}/`).slice(1);
  const hooks = names.filter(
    (name) => /^[a-z-]+(?:\.cjs)?['"\\]/.test(name) && !/^statusline/.test(name),
  );
  return { file, expected, hooks: hooks.length, isOff: /"disableAllHooks"\s*:\s*true/.test(text) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // gone: it starts none
  }
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
