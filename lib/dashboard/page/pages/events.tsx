import { Runnable } from '../parts/runnable.tsx';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount, plural } from '../../../core/units.ts';
import type { EventHead } from '../../../query/new-events.ts';
import type { EventsAnswer } from '../../server/routes/events.ts';
import { ask, toProblem } from '../api.ts';
import { fitsFilter, FILTER_NAMES, type FilterName, filterIn } from '../event-filter.ts';
import { onLiveChange, onLiveEvents } from '../live.ts';
import { sessionPath } from '../names.ts';
import { createBatch } from '../batch.ts';
import { Ago } from '../parts/ago.tsx';
import { Empty, ProblemNote } from '../parts/states.tsx';
import { StoreProblem } from '../parts/store-problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Foreign } from '../parts/text.tsx';
import type { Problem } from '../../server/answer.ts';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { EventDialog } from './event-dialog.tsx';

/** A row; those that came live have no summary. */
type Shown = EventHead & { readonly summary?: string };

/**
 * Rows that stay while events come in. A tab that is open for a week does not grow, and the page
 * can draw a flood of events.
 */
const MAX_ROWS = 100;

/** Shortest time between two redraws: drawing each message alone stalls the page in a flood. */
const REDRAW_MS = 1_000;

/** Rows that can be asked for; who looks for more uses a filter. */
const MAX_LOADED = 2_000;

/** How long after the last key a filter counts. */
const TYPING_MS = 250;

/** Events as they come, the latest first. */
export function EventsPage() {
  const { query } = useStore(place);
  const filter = filterIn(query);
  const opened = query.get('event');
  return (
    <>
      <h1>Events</h1>
      <Filters query={query} />
      <Stream key={JSON.stringify(filter)} filter={filter} />
      {opened !== null && <EventDialog id={opened} onClose={() => setQuery({ event: '' })} />}
    </>
  );
}

const HINTS: Readonly<Record<FilterName, string>> = {
  type: 'type: task.* or security.*',
  source: 'source: hook/*',
  correlation: 'correlation id',
  session: 'session id',
};

function Filters({ query }: { readonly query: URLSearchParams }) {
  return (
    <search class="filters">
      {FILTER_NAMES.map((name) => (
        <FilterField key={name} name={name} value={query.get(name) ?? ''} />
      ))}
    </search>
  );
}

function FilterField({ name, value }: { readonly name: FilterName; readonly value: string }) {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return; // our own, which must not undo what was typed since
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => {
      sent.current = typed.trim();
      setQuery({ [name]: sent.current });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input
      type="search"
      {...(name === 'type' ? { 'data-search': true } : {})}
      aria-label={`Filter by ${name}`}
      placeholder={HINTS[name]}
      value={typed}
      maxLength={300}
      onInput={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function Stream({ filter }: { readonly filter: ReturnType<typeof filterIn> }) {
  const stream = useStream(filter);
  const { rows, isPaused, waiting, missed, problem, before, isLoading } = stream;
  const columns = useMemo(columnsOf, []);
  return (
    <>
      <p class="steps">
        <button type="button" aria-pressed={isPaused} onClick={stream.togglePause}>
          {isPaused ? 'Continue' : 'Pause'}
        </button>
        <span class="muted" role="status">
          {isPaused
            ? `Paused; ${waiting === 0 ? 'nothing new' : `${plural(waiting, 'new event')}`}`
            : 'Latest first, live'}
        </span>
      </p>
      {problem === undefined ? <StoreProblem /> : <ProblemNote problem={problem} />}
      {missed > 0 && <p class="note warn">{plural(missed, 'event')} came too fast to be shown.</p>}
      {rows.length > 0 && (
        <Table name="Events" columns={columns} rows={rows} keyOf={({ seq }) => String(seq)} />
      )}
      {rows.length === 0 && !isLoading && problem === undefined && (
        <NoEvents isFiltered={Object.keys(filter).length > 0} hasMore={before !== null} />
      )}
      {before !== null && (
        <p class="steps">
          <button type="button" disabled={isLoading} onClick={stream.loadMore}>
            {rows.length === 0 ? 'Search further back' : 'Earlier events'}
          </button>
          {stream.searched > 0 && (
            <span class="muted">{formatCount(stream.searched)} events searched</span>
          )}
        </p>
      )}
    </>
  );
}

function NoEvents({
  isFiltered,
  hasMore,
}: {
  readonly isFiltered: boolean;
  readonly hasMore: boolean;
}) {
  if (isFiltered)
    return (
      <Empty title="No events match">
        <p>
          {hasMore
            ? 'None of the latest events match; there are earlier ones.'
            : 'No stored events match this filter.'}{' '}
          Types: <Runnable text="`waymark docs event-types`" />
        </p>
      </Empty>
    );
  return (
    <Empty title="No events yet">
      <p>
        Each session, call, failure and checkpoint becomes an event. Send one of your own:{' '}
        <Runnable text="`waymark emit my.test`" />
      </p>
    </Empty>
  );
}

function columnsOf(): readonly Column<Shown>[] {
  return [
    { title: 'Time', cell: ({ at }) => <Ago at={at} /> },
    {
      title: 'Type',
      cell: ({ id, type }) => (
        <button
          type="button"
          class="link"
          data-row
          aria-haspopup="dialog"
          onClick={() => setQuery({ event: id })}
        >
          <Foreign text={type} />
        </button>
      ),
    },
    { title: 'About', isExtra: true, cell: ({ summary }) => <Foreign text={summary} none="" /> },
    {
      title: 'Source',
      isExtra: true,
      cell: ({ source }) => (
        <button type="button" class="link" onClick={() => setQuery({ source })}>
          <Foreign text={source} />
        </button>
      ),
    },
    {
      ...{ title: 'Session', isExtra: true },
      cell: ({ session }) =>
        session === null ? (
          '–'
        ) : (
          <a href={sessionPath(session)}>
            <Foreign text={session.slice(0, 8)} />
          </a>
        ),
    },
  ];
}

interface StreamState {
  readonly rows: readonly Shown[];
  readonly isPaused: boolean;
  /** Events that came during the pause. */
  readonly waiting: number;
  /** Events that the server counted without sending them. */
  readonly missed: number;
  readonly problem: Problem | undefined;
  readonly before: number | null;
  readonly searched: number;
  readonly isLoading: boolean;
  readonly togglePause: () => void;
  readonly loadMore: () => void;
}

function useStream(filter: ReturnType<typeof filterIn>): StreamState {
  const [list, setList] = useState<EventList>(NO_EVENTS);
  const [problem, setProblem] = useState<Problem>();
  const [isLoading, setLoading] = useState(true);
  const [isPaused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [missed, setMissed] = useState(0);
  const paused = useRef(false);
  const load = async (before: number | undefined): Promise<void> => {
    setLoading(true);
    try {
      const parameters = new URLSearchParams(filter);
      if (before !== undefined) parameters.set('before', String(before));
      const found = await ask<EventsAnswer>(`/api/events?${parameters}`);
      setProblem(undefined);
      setList((known) => withEarlier(before === undefined ? NO_EVENTS : known, found));
    } catch (error) {
      setProblem(toProblem(error));
    }
    setLoading(false);
  };
  useEffect(() => void load(undefined), []);
  useEffect(() => {
    const batch = createBatch(REDRAW_MS, (later: readonly Shown[]) => {
      if (paused.current) setWaiting((known) => known + later.length);
      else setList((known) => withLater(known, later));
    });
    const stop = onLiveEvents(({ events, count }) => {
      setMissed(Math.max(0, count - events.length));
      batch.add(events.filter((event) => fitsFilter(event, filter)).toReversed());
    });
    return () => {
      stop();
      batch.end();
    };
  }, []);
  // after a gap in the connection the list is read again
  useEffect(
    () =>
      onLiveChange((message) => {
        if (message === undefined && !paused.current) void load(undefined);
      }),
    [],
  );
  const togglePause = (): void => {
    paused.current = !paused.current;
    setPaused(paused.current);
    setWaiting(0);
    if (!paused.current) void load(undefined);
  };
  const loadMore = (): void => void load(list.before ?? undefined);
  return { ...list, isPaused, waiting, missed, problem, isLoading, togglePause, loadMore };
}

/** Latest first, each event once. */
interface EventList {
  readonly rows: readonly Shown[];
  readonly before: number | null;
  readonly searched: number;
}

const NO_EVENTS: EventList = { rows: [], before: null, searched: 0 };

function withEarlier(known: EventList, found: EventsAnswer): EventList {
  const rows = [...known.rows, ...newTo(known, found.events)];
  const searched = known.searched + found.searched;
  return { rows, searched, before: rows.length >= MAX_LOADED ? null : found.before };
}

/** Rows beyond those that are kept go at the end; the search then continues there. */
function withLater(known: EventList, events: readonly EventHead[]): EventList {
  const all = [...newTo(known, events), ...known.rows];
  const rows = all.slice(0, Math.max(MAX_ROWS, known.rows.length));
  const isCut = rows.length < all.length;
  return { ...known, rows, before: isCut ? (rows.at(-1)?.seq ?? null) : known.before };
}

function newTo({ rows }: EventList, events: readonly Shown[]): readonly Shown[] {
  const seen = new Set(rows.map(({ seq }) => seq));
  return events.filter(({ seq }) => !seen.has(seq));
}
