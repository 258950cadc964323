import { Runnable } from '../parts/runnable.tsx';
import { formatCount, plural } from '../../../core/units.ts';
import type { SessionAnswer } from '../../server/routes/sessions.ts';
import { costText, projectName, sessionName } from '../names.ts';
import { Ago, Span } from '../parts/ago.tsx';
import { Bar } from '../parts/bar.tsx';
import { CopyButton } from '../parts/copy.tsx';
import { StateBadge } from '../parts/session-state.tsx';
import { Answered, Figure, Figures } from '../parts/states.tsx';
import { Foreign } from '../parts/text.tsx';
import { type PageParts, place } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import { AgentTree } from './session-agents.tsx';
import { Checkpoints } from './session-checkpoints.tsx';
import { ConversationView } from './session-conversation.tsx';
import { Failures, Told } from './session-lists.tsx';
import { Tags } from './session-tags.tsx';

/** One session: what was said and done, checkpoints, agents, failures, what Claude was told. */
export function SessionPage({ id }: PageParts) {
  const asked = useAnswer<SessionAnswer>(`/api/sessions/${encodeURIComponent(id)}`);
  return (
    <>
      <p class="crumbs">
        <a href="/sessions">Sessions</a>
      </p>
      {asked.answer === undefined && <h1>Session {id.slice(0, 8)}</h1>}
      <Answered asked={asked}>
        {(answer) => (
          <>
            <Head answer={answer} onChange={asked.reload} />
            <Tabs answer={answer} />
          </>
        )}
      </Answered>
    </>
  );
}

function Head({
  answer,
  onChange,
}: {
  readonly answer: SessionAnswer;
  readonly onChange: () => void;
}) {
  const { session, counts, cost, transcriptLoss } = answer;
  const resume = `claude --resume ${session.id}`;
  return (
    <>
      <h1>
        <Foreign text={sessionName(session)} />
      </h1>
      <p class="muted">
        <StateBadge state={answer.state} />{' '}
        {session.project !== null && (
          <a href={`/sessions?project=${encodeURIComponent(session.project)}`}>
            <Foreign text={projectName(session.project)} />
          </a>
        )}{' '}
        · began <Ago at={session.startedAt} /> · last event <Ago at={session.lastEventAt} />
      </p>
      <Tags session={session.id} tags={session.tags} onChange={onChange} />
      {transcriptLoss !== null && (
        <div class="note warn">
          <p>Claude Code no longer has all of the transcript; the archive does.</p>
          <p class="remedy">
            Restore it: <Runnable text={`\`waymark sessions restore ${session.id.slice(0, 8)}\``} />
          </p>
        </div>
      )}
      <Figures>
        <Figure
          label="Calls"
          note={`${formatCount(counts.failed)} failed, ${formatCount(counts.rejected)} rejected`}
        >
          {formatCount(session.operationCount)}
        </Figure>
        <Figure label="Prompts">{formatCount(session.promptCount)}</Figure>
        <Figure
          label="Cost"
          note={cost === null ? 'no answers recorded' : plural(cost.answers, 'answer')}
        >
          {costText(cost)}
        </Figure>
        <Figure label="Took">
          <Span from={session.startedAt} to={session.endedAt ?? session.lastEventAt} />
        </Figure>
        <Figure label="Model">
          <span class="name-value">
            <Foreign text={session.model} />
          </span>
        </Figure>
        <Figure label="Context">
          <Bar label="Context" percent={session.contextPercent} />
        </Figure>
      </Figures>
      <p class="command">
        <code>{resume}</code> <CopyButton text={resume} what="the command" />
      </p>
    </>
  );
}

const TABS = [
  ['conversation', 'Conversation'],
  ['checkpoints', 'Checkpoints'],
  ['agents', 'Agents'],
  ['failures', 'Failures'],
  ['told', 'Messages to Claude'],
] as const;

type Tab = (typeof TABS)[number][0];

function Tabs({ answer }: { readonly answer: SessionAnswer }) {
  const { path, query } = useStore(place);
  const wanted = query.get('tab');
  const tab = TABS.find(([name]) => name === wanted)?.[0] ?? 'conversation';
  const counts: Partial<Record<Tab, number>> = {
    agents: countAgents(answer.agents),
    failures: answer.failures.length,
    told: answer.told.length,
  };
  return (
    <>
      <nav class="tabs" aria-label="Parts of the session">
        {TABS.map(([name, title]) => (
          <a
            key={name}
            href={name === 'conversation' ? path : `${path}?tab=${name}`}
            aria-current={tab === name ? 'page' : undefined}
          >
            {title}
            {counts[name] !== undefined && <span class="count"> {counts[name]}</span>}
          </a>
        ))}
      </nav>
      <TabContent tab={tab} answer={answer} />
    </>
  );
}

function TabContent({ tab, answer }: { readonly tab: Tab; readonly answer: SessionAnswer }) {
  const { id } = answer.session;
  switch (tab) {
    case 'conversation':
      return <ConversationView session={id} />;
    case 'checkpoints':
      return <Checkpoints session={id} />;
    case 'agents':
      return <AgentTree agents={answer.agents} />;
    case 'failures':
      return <Failures failures={answer.failures} />;
    case 'told':
      return <Told told={answer.told} />;
  }
}

function countAgents(agents: SessionAnswer['agents']): number {
  return agents.reduce((sum, { children }) => sum + 1 + countAgents(children), 0);
}
