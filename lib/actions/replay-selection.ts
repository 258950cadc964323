import { archiveFolder } from '../journal/archive/archive-files.ts';
import type { OnDamage } from '../journal/read-blocks.ts';
import { findEvent } from '../journal/replay/find-event.ts';
import type { ReplayFilter } from '../journal/replay/replay-filter.ts';
import { countCandidates, selectEvents } from '../journal/replay/select-events.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { findEventId } from '../query/find-event-id.ts';
import { findSession, type Scope } from '../query/find-session.ts';
import { queryStore, openStoreView } from '../query/store-view.ts';

/** Which events are to be replayed: those with these ids, or those that fit a filter. */
export interface ReplayChoice {
  readonly ids: readonly string[];
  /** The session may be the beginning of an id, or `last`. */
  readonly filter: ReplayFilter;
  /** Where `last` looks. */
  readonly scope: Scope;
  readonly limit?: number;
}

/** The events to replay, as they are read from store and archive. */
export interface ReplaySelection {
  readonly limit: number;
  /** About how many will be looked at. */
  count(database: Database | undefined): number;
  /**
   * @throws {@link WaymarkError} NOT_FOUND for an id that neither store nor archive has, before the
   * first event.
   */
  events(
    database: Database | undefined,
    onDamage: OnDamage,
    onLooked: (events: number) => void,
  ): Iterable<EventEnvelope>;
}

const NOTHING = () => undefined;

/** @throws {@link WaymarkError} USAGE when nothing is chosen, or when ids and filters are. */
export async function selectReplayEvents(
  folder: StateFolder,
  { ids, filter, scope, limit = Number.POSITIVE_INFINITY }: ReplayChoice,
): Promise<ReplaySelection> {
  const archive = archiveFolder(folder);
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  if (ids.length > 0 && given.length > 0)
    throw new WaymarkError('USAGE', 'Cannot use ids with a filter: each chooses events', {
      remedy: 'Give one of them.',
    });
  if (ids.length > 0) {
    const whole = await wholeIds(folder, ids);
    return {
      limit,
      count: () => ids.length,
      events: (database, onDamage) => whole.map((id) => byId(database, archive, id, onDamage)),
    };
  }
  if (given.length === 0)
    throw new WaymarkError('USAGE', 'Cannot choose events: neither ids nor a filter given', {
      remedy: "For all of them: --type '*'.",
    });
  const { session } = filter;
  const whole: ReplayFilter = Object.fromEntries([
    ...given,
    ...(session === undefined ? [] : [['session', await sessionOf(folder, session, scope)]]),
  ]);
  return {
    limit,
    count: (database) => countCandidates(whole, { database, archive, onDamage: NOTHING }),
    events: (database, onDamage, onLooked) =>
      selectEvents(whole, { database, archive, onDamage, onLooked }),
  };
}

/** An id may be the beginning of one while the store can be read. */
async function wholeIds(folder: StateFolder, ids: readonly string[]): Promise<readonly string[]> {
  const view = openStoreView(folder);
  try {
    const whole: string[] = [];
    for (const id of ids) whole.push(await findEventId(view.database, id));
    return whole;
  } finally {
    view.database?.close();
  }
}

function byId(
  database: Database | undefined,
  archive: string,
  id: string,
  onDamage: OnDamage,
): EventEnvelope {
  const event = findEvent(database, archive, id, onDamage);
  if (event === undefined)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot find event ${id}: neither store nor archive has it`,
      { remedy: '`waymark events --json` shows ids.' },
    );
  return event;
}

/** The whole id of a session. One that only the archive has is given by its whole id. */
async function sessionOf(folder: StateFolder, session: string, scope: Scope): Promise<string> {
  try {
    return await queryStore(folder, session, (database) => findSession(database, session, scope));
  } catch (error) {
    const mayBeInArchive =
      error instanceof WaymarkError &&
      (error.code === 'NOT_FOUND' ? session !== 'last' : error.code.startsWith('STORE_'));
    if (!mayBeInArchive) throw error;
    return session;
  }
}
