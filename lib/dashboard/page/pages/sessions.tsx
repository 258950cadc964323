import { Runnable } from '../parts/runnable.tsx';
import { useEffect, useState } from 'preact/hooks';
import { formatCount, formatDuration, plural } from '../../../core/units.ts';
import type { SessionSummary } from '../../../query/sessions.ts';
import type { SearchAnswer, SessionsAnswer } from '../../server/routes/sessions.ts';
import { costText, projectName, sessionName, sessionPath } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { StateBadge } from '../parts/session-state.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import { SearchHits } from './search-hits.tsx';

/** Rows that are shown at first, and more at each step. */
const STEP = 50;
const MOST = 500;

/** How long after the last key the search begins. */
const TYPING_MS = 250;

/** All sessions, and the search in what was said and done in them. */
export function SessionsPage() {
  const { query } = useStore(place);
  const words = query.get('q') ?? '';
  return (
    <>
      <h1>Sessions</h1>
      <SearchField words={words} />
      <Filters project={query.get('project')} tag={query.get('tag')} />
      {words === '' ? <SessionList query={query} /> : <Found words={words} />}
    </>
  );
}

function SearchField({ words }: { readonly words: string }) {
  const [typed, setTyped] = useState(words);
  useEffect(() => {
    if (typed === words) return undefined;
    const timer = setTimeout(() => setQuery({ q: typed.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search>
      <input
        type="search"
        data-search
        aria-label="Search in all sessions"
        placeholder="Search prompts, answers, calls and output"
        value={typed}
        maxLength={500}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </search>
  );
}

function Filters({ project, tag }: Readonly<Record<'project' | 'tag', string | null>>) {
  return (
    <>
      {[
        ['project', project],
        ['tag', tag],
      ].map(
        ([name, value]) =>
          typeof name === 'string' &&
          typeof value === 'string' && (
            <p key={name}>
              <Badge tone="accent">
                {name}: <Foreign text={value} />
              </Badge>{' '}
              <button type="button" class="quiet" onClick={() => setQuery({ [name]: '' })}>
                Show all
              </button>
            </p>
          ),
      )}
    </>
  );
}

function SessionList({ query }: { readonly query: URLSearchParams }) {
  const show = Math.min(MOST, Math.max(STEP, Number(query.get('show')) || STEP));
  const offset = Math.max(0, Math.floor(Number(query.get('from')) || 0));
  const parameters = new URLSearchParams({ limit: String(show), offset: String(offset) });
  for (const name of ['project', 'tag']) {
    const value = query.get(name);
    if (value !== null) parameters.set(name, value);
  }
  const asked = useAnswer<SessionsAnswer>(`/api/sessions?${parameters}`);
  return (
    <Answered asked={asked}>
      {({ sessions, costs, states, total }) =>
        sessions.length === 0 ? (
          <NoSessions total={total} />
        ) : (
          <>
            <p class="muted count">
              {formatCount(offset + 1)} to {formatCount(offset + sessions.length)} of{' '}
              {plural(total, 'session')}, the latest first
            </p>
            <Table
              name="Sessions"
              columns={columnsWith({ costs, states })}
              rows={sessions}
              keyOf={({ id }) => id}
            />
            <Steps show={show} offset={offset} isFull={sessions.length === show} />
          </>
        )
      }
    </Answered>
  );
}

function Steps({
  show,
  offset,
  isFull,
}: {
  readonly show: number;
  readonly offset: number;
  readonly isFull: boolean;
}) {
  return (
    <p class="steps">
      {offset > 0 && (
        <button
          type="button"
          onClick={() => setQuery({ from: offset > show ? String(offset - show) : '' })}
        >
          Later ones
        </button>
      )}
      {isFull && show < MOST && (
        <button type="button" onClick={() => setQuery({ show: String(show + STEP) })}>
          Show {STEP} more
        </button>
      )}
      {isFull && (
        <button type="button" onClick={() => setQuery({ from: String(offset + show) })}>
          Earlier ones
        </button>
      )}
    </p>
  );
}

function NoSessions({ total }: { readonly total: number }) {
  if (total > 0)
    return (
      <Empty title="No sessions match">
        <p>{plural(total, 'session')} are recorded; none match this filter.</p>
      </Empty>
    );
  return (
    <Empty title="No sessions yet">
      <p>
        Add the hooks to Claude Code: <Runnable text="`waymark install`" />. Sessions from before
        that: <Runnable text="`waymark import`" />
      </p>
    </Empty>
  );
}

function columnsWith({
  costs,
  states,
}: Pick<SessionsAnswer, 'costs' | 'states'>): readonly Column<SessionSummary>[] {
  return [
    {
      title: 'Session',
      cell: (session) => (
        <>
          <a data-row href={sessionPath(session.id)}>
            <Foreign text={sessionName(session)} />
          </a>
          {session.tags.map((tag) => (
            <a key={tag} class="tag" href={`/sessions?tag=${encodeURIComponent(tag)}`}>
              #<Foreign text={tag} />
            </a>
          ))}
        </>
      ),
    },
    {
      title: 'Project',
      isExtra: true,
      cell: ({ project }) =>
        project === null ? (
          '–'
        ) : (
          <a class="plain" href={`/sessions?project=${encodeURIComponent(project)}`}>
            <Foreign text={projectName(project)} />
          </a>
        ),
    },
    { title: 'State', cell: ({ id }) => <StateBadge state={states[id]} /> },
    { title: 'Last event', cell: ({ lastEventAt }) => <Ago at={lastEventAt} /> },
    {
      title: 'Took',
      isFigure: true,
      isExtra: true,
      cell: (session) => formatDuration(lifeOf(session)),
    },
    {
      title: 'Calls',
      isFigure: true,
      isExtra: true,
      cell: ({ operationCount }) => formatCount(operationCount),
    },
    {
      title: 'Failed',
      isFigure: true,
      isExtra: true,
      cell: ({ failureCount }) =>
        failureCount === 0 ? '' : <span class="bad-text">{formatCount(failureCount)}</span>,
    },
    {
      title: 'Context',
      isFigure: true,
      isExtra: true,
      cell: ({ contextPercent }) => (contextPercent === null ? '–' : `${contextPercent} %`),
    },
    { title: 'Cost', isFigure: true, isExtra: true, cell: ({ id }) => costText(costs[id]) },
  ];
}

function lifeOf({ startedAt, lastEventAt, endedAt }: SessionSummary): number {
  return Date.parse(endedAt ?? lastEventAt) - Date.parse(startedAt);
}

function Found({ words }: { readonly words: string }) {
  const asked = useAnswer<SearchAnswer>(`/api/search?${new URLSearchParams({ q: words })}`, 'once');
  return <Answered asked={asked}>{(found) => <SearchHits found={found} />}</Answered>;
}
