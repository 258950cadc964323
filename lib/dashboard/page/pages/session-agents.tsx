import { formatCount, formatDuration } from '../../../core/units.ts';
import type { SessionAgent } from '../../../query/session-agents.ts';
import { Ago } from '../parts/ago.tsx';
import { Empty } from '../parts/states.tsx';
import { Badge, Foreign } from '../parts/text.tsx';

/** Agents below those that started them. */
export function AgentTree({ agents }: { readonly agents: readonly SessionAgent[] }) {
  if (agents.length === 0)
    return (
      <Empty title="No agents">
        <p>Agents that Claude starts for a task are shown here with what they used.</p>
      </Empty>
    );
  return <Level agents={agents} />;
}

function Level({ agents }: { readonly agents: readonly SessionAgent[] }) {
  return (
    <ul class="tree">
      {agents.map((agent) => (
        <li key={agent.id}>
          <Agent agent={agent} />
          {agent.children.length > 0 && <Level agents={agent.children} />}
        </li>
      ))}
    </ul>
  );
}

function Agent({ agent }: { readonly agent: SessionAgent }) {
  const { type, task, model, startedAt, tokens, durationMs, toolUses } = agent;
  return (
    <div class="agent">
      <p>
        <strong>
          <Foreign text={type} none="agent" />
        </strong>{' '}
        <Outcome agent={agent} /> <Foreign text={task} none="" />
      </p>
      <p class="muted">
        <Ago at={startedAt} />
        {durationMs !== null && ` · ${formatDuration(durationMs)}`}
        {tokens !== null && ` · ${formatCount(tokens)} tokens`}
        {toolUses !== null && ` · ${formatCount(toolUses)} calls`}
        {model !== null && model !== '' && (
          <>
            {' · '}
            <Foreign text={model} />
          </>
        )}
      </p>
    </div>
  );
}

function Outcome({ agent: { outcome, stoppedAt } }: { readonly agent: SessionAgent }) {
  if (outcome === 'ok') return <Badge tone="good">done</Badge>;
  if (outcome === 'failed') return <Badge tone="bad">failed</Badge>;
  if (outcome !== null && outcome !== 'running') return <Badge tone="warn">{outcome}</Badge>;
  return stoppedAt === null ? (
    <Badge tone="accent">at work</Badge>
  ) : (
    <Badge tone="plain">stopped</Badge>
  );
}
