import { Runnable } from '../parts/runnable.tsx';
import { plural } from '../../../core/units.ts';
import type { ActiveSession, LastCall } from '../../../query/active-sessions.ts';
import { costText, projectName, sessionName, sessionPath } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { Bar } from '../parts/bar.tsx';
import { Empty, Section } from '../parts/states.tsx';
import { StateBadge, StateNote } from '../parts/session-state.tsx';
import { Foreign } from '../parts/text.tsx';

/** The sessions that go on, a card each. */
export function ActiveSessions({
  sessions,
  hasAny,
}: {
  readonly sessions: readonly ActiveSession[];
  /** Whether any session is recorded, ended ones included. */
  readonly hasAny: boolean;
}) {
  return (
    <Section title="Active sessions" aside={<a href="/sessions">All sessions</a>}>
      {sessions.length === 0 ? (
        <NoSession hasAny={hasAny} />
      ) : (
        <ul class="cards">
          {sessions.map((one) => (
            <SessionCard key={one.session.id} active={one} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function NoSession({ hasAny }: { readonly hasAny: boolean }) {
  if (hasAny)
    return (
      <Empty title="No session is active">
        <p>A session is active from its first event until it ends, or until its process is gone.</p>
      </Empty>
    );
  return (
    <Empty title="Nothing is recorded yet">
      <p>
        1. Add the hooks to Claude Code: <Runnable text="`waymark install`" />
      </p>
      <p>
        2. Start <code>claude</code> in any folder: the session appears here within 2 seconds.
      </p>
      <p>
        Sessions from before: <Runnable text="`waymark import`" />. To try it first:{' '}
        <Runnable text="`waymark demo`" />
      </p>
    </Empty>
  );
}

function SessionCard({ active }: { readonly active: ActiveSession }) {
  const { session, state, lastCall, openAgents, cost } = active;
  return (
    <li class="card">
      <div class="card-head">
        <a data-row href={sessionPath(session.id)} class="strong">
          <Foreign text={sessionName(session)} />
        </a>
        <StateBadge state={state} />
      </div>
      <p>
        <StateNote state={state} />
      </p>
      <p class="muted">
        <Foreign text={projectName(session.project)} /> · began <Ago at={session.startedAt} />
      </p>
      <p>
        <CallLine call={lastCall} />
        {openAgents > 0 && <span class="muted"> · {plural(openAgents, 'agent')} at work</span>}
      </p>
      {session.contextPercent === null ? (
        <p class="muted">Context not known</p>
      ) : (
        <Bar label={`Context of ${sessionName(session)}`} percent={session.contextPercent} />
      )}
      <p class="muted">
        {plural(session.operationCount, 'call')}
        {session.failureCount > 0 && `, ${session.failureCount} failed`} · {costText(cost)}
      </p>
    </li>
  );
}

const DOING: Readonly<Record<string, string>> = {
  running: 'Runs',
  ok: 'Did',
  failed: 'Failed:',
  rejected: 'Rejected:',
};

function CallLine({ call }: { readonly call: LastCall | null }) {
  if (call === null) return <span class="muted">No call yet</span>;
  return (
    <span class={call.outcome === 'failed' ? 'bad-text' : ''}>
      {DOING[call.outcome] ?? call.outcome} <Foreign text={call.tool} />{' '}
      <code>
        <Foreign text={call.target} none="" />
      </code>
    </span>
  );
}
