import { archiveFolder } from '../../journal/archive/archive-files.ts';
import type { OnDamage } from '../../journal/read-blocks.ts';
import { findEvent } from '../../journal/replay/find-event.ts';
import type { ReplayFilter } from '../../journal/replay/replay-filter.ts';
import { countCandidates, selectEvents } from '../../journal/replay/select-events.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { Selection } from '../../actions/replay-events.ts';
import type { CommandContext } from '../command-context.ts';
import { findSession } from '../../query/find-session.ts';
import { parseDay, parseLimit, parseWhen } from '../text/parse-when.ts';

export interface SelectionFlags {
  readonly since?: string;
  readonly until?: string;
  readonly date?: string;
  readonly type?: string;
  readonly source?: string;
  readonly priority?: string;
  readonly correlation?: string;
  readonly session?: string;
  readonly limit?: string;
}

const NOTHING = () => undefined;

/** @throws {@link WaymarkError} USAGE when nothing is chosen, or when ids and filters are. */
export function replaySelection(
  context: CommandContext,
  ids: readonly string[],
  flags: SelectionFlags,
): Selection {
  const archive = archiveFolder(context.folder());
  const limit =
    flags.limit === undefined ? Number.POSITIVE_INFINITY : parseLimit(flags.limit, '--limit');
  const times = timesOf(flags, context.clock());
  const { type, source, priority, correlation } = flags;
  const given = Object.entries({
    ...times,
    type,
    source,
    priority,
    correlation,
    session: flags.session,
  }).filter(([, value]) => value !== undefined);
  if (ids.length > 0 && given.length > 0)
    throw new WaymarkError('USAGE', 'Cannot combine ids with a filter', {
      remedy: 'Give one of them.',
    });
  if (ids.length > 0) {
    return {
      limit,
      count: () => ids.length,
      events: (database, onDamage) => ids.map((id) => byId(database, archive, id, onDamage)),
    };
  }
  if (given.length === 0)
    throw new WaymarkError('USAGE', 'Cannot tell which events: give ids or a filter', {
      remedy: "For all of them: --type '*'.",
    });
  const filterFor = (database: Database | undefined): ReplayFilter =>
    Object.fromEntries([...given, ...sessionOf(database, flags.session)]);
  return {
    limit,
    count: (database) =>
      countCandidates(filterFor(database), { database, archive, onDamage: NOTHING }),
    events: (database, onDamage, onLooked) =>
      selectEvents(filterFor(database), { database, archive, onDamage, onLooked }),
  };
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

function timesOf(
  { since, until, date }: SelectionFlags,
  now: number,
): Pick<ReplayFilter, 'since' | 'until'> {
  if (date !== undefined) {
    if (since !== undefined || until !== undefined)
      throw new WaymarkError('USAGE', 'Cannot combine --date with --since or --until', {
        remedy: 'Give one of them.',
      });
    return parseDay(date, '--date');
  }
  return {
    ...(since === undefined ? {} : { since: parseWhen(since, now, '--since') }),
    ...(until === undefined ? {} : { until: parseWhen(until, now, '--until') }),
  };
}

/** A session that only the archive knows is given by its whole id. */
function sessionOf(
  database: Database | undefined,
  session: string | undefined,
): ReadonlyArray<readonly ['session', string]> {
  if (session === undefined) return [];
  if (database === undefined) return [['session', session]];
  try {
    return [['session', findSession(database, session)]];
  } catch (error) {
    if (!(error instanceof WaymarkError) || error.code !== 'NOT_FOUND' || session === 'last')
      throw error;
    return [['session', session]];
  }
}
