import { basename, dirname } from 'node:path';
import { namesIn } from '../../core/files.ts';
import { groupBy } from '../../core/group-by.ts';
import { type ArchiveFault, type Block, type ContainerList, listContainer } from './container.ts';
import { listTails, type Tail } from './tail.ts';

/**
 * One state of one file of a session. Most files have one; a file that the client cut or rewrote
 * has several.
 */
export interface Branch {
  readonly id: number;
  readonly path: string;
  /** The branch whose first `from` bytes it shares; `undefined`: none. */
  readonly parent: Branch | undefined;
  readonly from: number;
  /** When it was started and last grew, in milliseconds since the epoch. */
  readonly openedAt: number;
  readonly changedAt: number;
  /** Its own blocks, in order. */
  readonly blocks: readonly Block[];
  readonly tails: readonly Tail[];
  /** Bytes of content up to the end of the blocks, and in total. */
  readonly sealed: number;
  readonly end: number;
}

/** What is archived of one session from one config folder. */
export interface Container extends Omit<ContainerList, 'entries'> {
  /** Whether its first line is readable. If not, the base is empty. */
  readonly hasHead: boolean;
  readonly branches: readonly Branch[];
}

const CONTAINER = /^([0-9a-f]{8})\.archive$/;
const SESSION = /^\w[\w-]{0,127}$/;

/**
 * Returns the archive folder of a session, or `undefined` for an id that cannot be a folder name.
 */
export function sessionArchive(archive: string, session: string): string | undefined {
  return SESSION.test(session) ? `${archive}/transcripts/${session}` : undefined;
}

/** Lists the ids of archived sessions. */
export function archivedSessions(archive: string): readonly string[] {
  return namesIn(`${archive}/transcripts`).filter((name) => SESSION.test(name));
}

/**
 * Opens all containers of a session: one per config folder in which it was seen.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW.
 */
export function containersOf(archive: string, session: string): readonly Container[] {
  const folder = sessionArchive(archive, session);
  if (folder === undefined) return [];
  return namesIn(folder)
    .filter((name) => CONTAINER.test(name))
    .toSorted()
    .flatMap((name) => openContainer(`${folder}/${name}`) ?? []);
}

/**
 * Reads one container and its tails; `undefined` if it is missing.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW.
 */
export function openContainer(file: string): Container | undefined {
  const list = listContainer(file);
  if (list === undefined) return undefined;
  const { entries, ...rest } = list;
  const tails = listTails(file);
  const branches = new Map<number, Branch>();
  const faults: ArchiveFault[] = [...rest.faults];
  const blocks = groupBy(
    entries.flatMap((entry) => ('block' in entry ? entry.block : [])),
    ({ id }) => String(id),
  );
  for (const entry of entries) {
    if (!('open' in entry) || branches.has(entry.open.id)) continue;
    const { id, path, parent: parentId, from, at } = entry.open;
    const parent = parentId === undefined ? undefined : branches.get(parentId);
    const own = (blocks.get(String(id)) ?? []).toSorted((a, b) => a.offset - b.offset);
    const sealed = own.reduce((end, { offset, length }) => Math.max(end, offset + length), from);
    const ownTails = (tails.get(String(id)) ?? []).filter(
      (tail) => tail.offset + tail.length > sealed,
    );
    branches.set(id, {
      ...{ id, path, parent, from, openedAt: at, blocks: own, tails: ownTails, sealed },
      changedAt: [...own, ...ownTails].reduce((latest, part) => Math.max(latest, part.at), at),
      end: ownTails.reduce((end, { offset, length }) => Math.max(end, offset + length), sealed),
    });
  }
  const session = rest.session === '' ? basename(dirname(file)) : rest.session;
  return {
    ...rest,
    session,
    hasHead: rest.session !== '',
    faults,
    branches: [...branches.values()],
  };
}
