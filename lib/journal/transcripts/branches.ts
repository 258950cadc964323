import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { namesIn } from '../../core/files.ts';
import { groupBy } from '../../core/group-by.ts';
import { type ArchiveFault, type Block, type ContainerList, listContainer } from './container.ts';

/** The end of an active file that is not compressed yet. */
export interface Tail {
  readonly file: string;
  /** Where it begins in the content of its branch. */
  readonly offset: number;
  readonly length: number;
  /** When it was last added to, in milliseconds since the epoch. */
  readonly at: number;
}

/** One state of one file of a session. Most files have one; one that the client cut or rewrote has more. */
export interface Branch {
  readonly id: number;
  readonly path: string;
  /** The branch whose first `from` bytes it shares; `undefined`: it shares none. */
  readonly parent: Branch | undefined;
  readonly from: number;
  /** When it was begun and last added to, in milliseconds since the epoch. */
  readonly openedAt: number;
  readonly changedAt: number;
  /** Its own, in the order of their content. */
  readonly blocks: readonly Block[];
  readonly tails: readonly Tail[];
  /** Bytes of content up to the end of the blocks, and of all. */
  readonly sealed: number;
  readonly end: number;
}

/** What is archived of one session from one config folder. */
export interface Container extends Omit<ContainerList, 'entries'> {
  /** Whether its first line can be read; the base is empty where it cannot. */
  readonly hasHead: boolean;
  readonly branches: readonly Branch[];
}

const CONTAINER = /^([0-9a-f]{8})\.archive$/;
const TAIL = /^([0-9a-f]{8})\.(\d{1,9})\.(\d{1,15})\.tail$/;
const SESSION = /^[\w-]{1,128}$/;

/** The folder of a session in the archive, or `undefined` for an id that cannot be the name of one. */
export function sessionArchive(archive: string, session: string): string | undefined {
  return SESSION.test(session) ? `${archive}/transcripts/${session}` : undefined;
}

/** Ids of the sessions that have an archive. */
export function archivedSessions(archive: string): readonly string[] {
  return namesIn(`${archive}/transcripts`).filter((name) => SESSION.test(name));
}

/**
 * What is archived of a session: one container per config folder in which it was seen.
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

/** Reads one container and its tails; `undefined` when it is not there. @throws {@link WaymarkError} ARCHIVE_TOO_NEW. */
export function openContainer(file: string): Container | undefined {
  const list = listContainer(file);
  if (list === undefined) return undefined;
  const { entries, ...rest } = list;
  const tails = tailsOf(file);
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

/** Every tail of a container, by the branch that it belongs to. */
export function tailsOf(
  container: string,
): ReadonlyMap<string, readonly (Tail & { readonly id: string })[]> {
  const cut = container.lastIndexOf('/');
  const folder = container.slice(0, cut);
  const stem = CONTAINER.exec(container.slice(cut + 1))?.[1];
  const tails = namesIn(folder).flatMap((name) => {
    const [, of, id, offset] = TAIL.exec(name) ?? [];
    if (of === undefined || of !== stem) return [];
    const file = `${folder}/${name}`;
    const found = lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() === true
      ? [{ id: id ?? '', file, offset: Number(offset), length: found.size, at: found.mtimeMs }]
      : [];
  });
  return groupBy(tails, ({ id }) => id);
}

/** Name of the tail of a branch that begins at `offset`. */
export function tailFile(container: string, id: number, offset: number): string {
  return container.replace(/\.archive$/, `.${id}.${offset}.tail`);
}
