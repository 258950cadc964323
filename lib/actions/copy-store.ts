import { statSync } from 'node:fs';
import { ERRORS, WaymarkError } from '../core/errors.ts';
import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { productVersion } from '../core/package-folder.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { StateFolder } from '../core/state-folder.ts';
import {
  type CopyPosition,
  type CopyProgress,
  type CopyResult,
  copyStore,
} from '../fleet/copy-store.ts';
import { newMachine, readMembership } from '../fleet/membership.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import { openStoreView } from '../query/store-view.ts';
import { sqliteDriver } from '../store/driver.ts';
import { registerHost } from '../store/postgres/hosts.ts';
import { migratePostgres, postgresVersion } from '../store/postgres/migrate-postgres.ts';
import { inOneState } from '../store/transaction.ts';
import type { ActionContext } from './action-context.ts';
import { atDatabase, type DatabaseOrder } from './at-database.ts';

export interface CopiedStore extends CopyResult {
  /** Without a password. */
  readonly target: string;
  /** How the rows of this machine are named there. */
  readonly host: string;
}

export interface CopyWatch {
  readonly onProgress: (progress: CopyProgress) => void;
  readonly isStopped: () => boolean;
}

/**
 * Copies the store of this machine to PostgreSQL, as it is at this moment. Cut off and called
 * again, it goes on; after a change of the store it begins again, and replaces what is there.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND without a store, STORE_UNAVAILABLE,
 * FLEET_UNREACHABLE.
 */
export async function copyStoreToPostgres(
  { folder: { team: _team, ...folder }, environment }: ActionContext,
  order: DatabaseOrder,
  { onProgress, isStopped }: CopyWatch,
): Promise<CopiedStore> {
  return await atDatabase(order, environment, async (session, target) => {
    const mark = markOf(folder);
    const view = openStoreView(folder);
    try {
      if (view.database === undefined) throw cannotRead(view.message);
      const store = view.database;
      const tables = teamTablesOfProgram(sqliteDriver());
      if ((await postgresVersion(session)) === 0)
        await migratePostgres(session, tables, productVersion());
      const known = readCopy(folder, target);
      const membership = readMembership(folder.root);
      const isMember = membership?.target === target;
      const { host, name, person } = isMember
        ? membership
        : { ...newMachine(), ...(known === undefined ? {} : { host: known.host }) };
      // the feed of a member counts what it sends
      if (!isMember)
        await registerHost(session, {
          host,
          name,
          person,
          version: productVersion(),
          feed: 'copy',
        });
      const save = (position: CopyPosition): void =>
        writeCopy(folder, { target, host, mark, position });
      const result = await inOneState(store, () =>
        copyStore({
          ...{ store, session, host, tables: tables.shared, save, onProgress, isStopped },
          position: known?.mark === mark && known.host === host ? known.position : undefined,
        }),
      );
      return { target, host, ...result };
    } finally {
      view.database?.close();
    }
  });
}

function cannotRead(message: string | undefined): WaymarkError {
  return message === undefined
    ? new WaymarkError('NOT_FOUND', 'Cannot copy the store: there is none yet', {
        remedy: '`waymark status` shows which state folder was used.',
      })
    : new WaymarkError('STORE_UNAVAILABLE', `Cannot read the store: ${message}`, {
        remedy: ERRORS.STORE_UNAVAILABLE.remedy,
      });
}

/** The machine as which the store was copied to a database; `undefined` where it was not. */
export function copiedHost(folder: StateFolder, target: string): string | undefined {
  return readCopy(folder, target)?.host;
}

/** What is kept of a copy. The host stays, so that a later copy replaces the same rows. */
export interface KnownCopy {
  readonly target: string;
  readonly host: string;
  readonly mark: string;
  readonly position: CopyPosition;
}

function fileIn(root: string): string {
  return `${root}/copy.json`;
}

function readCopy(folder: StateFolder, wanted: string): KnownCopy | undefined {
  const known = lastCopy(folder);
  return known?.target === wanted ? known : undefined;
}

/** What is known of the last copy. */
export function lastCopy({ root }: StateFolder): KnownCopy | undefined {
  const read = readPlainFile(fileIn(root), { maxBytes: 65_536 });
  const stored = read !== undefined && 'text' in read ? parseJsonObject(read.text) : undefined;
  if (stored === undefined) return undefined;
  const of = (name: string): string => stringField(stored, name) ?? '';
  if (of('target') === '' || of('host') === '') return undefined;
  const position = { table: of('table'), rows: numberField(stored, 'rows') ?? 0 };
  return { target: of('target'), host: of('host'), mark: of('mark'), position };
}

function writeCopy({ root }: StateFolder, { position, ...copy }: KnownCopy): void {
  replaceFile(fileIn(root), `${JSON.stringify({ ...copy, ...position })}\n`, { mode: 0o600 });
}

/** Differs after any write to the store. */
function markOf({ store }: StateFolder): string {
  return [store, `${store}-wal`]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((found) =>
      found === undefined || found.size === 0 ? '-' : `${found.size}:${found.mtimeMs}`,
    )
    .join(' ');
}
