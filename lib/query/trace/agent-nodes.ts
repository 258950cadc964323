import { stringField } from '../../core/json.ts';
import { readAgentRuns } from '../../features/routing/agent-run.ts';
import type { Database } from '../../store/database.ts';
import { runQuery } from '../builder.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { selectAgents } from '../session-detail.ts';
import type { CallDraft } from './call-nodes.ts';
import type { TraceEvent } from './trace-events.ts';
import { type Draft, createDraft } from './trace-node.ts';

interface AgentPlaces {
  readonly calls: ReadonlyMap<string, CallDraft>;
  /** The prompt of an id, else the one at that time. */
  readonly promptOf: (id: string | undefined, at: number | undefined) => Draft;
  readonly events: readonly TraceEvent[];
}

/**
 * Every agent of a session by its id, below the call that started it; one whose call is not known
 * below its prompt.
 */
export async function addAgents(
  database: Database,
  session: string,
  { calls, promptOf, events }: AgentPlaces,
): Promise<ReadonlyMap<string, Draft>> {
  const agents = new Map<string, Draft>();
  const runs = new Map(readAgentRuns(database, session).map((run) => [run.agentId, run]));
  const prompts = new Map(
    events.flatMap(({ type, payload }) =>
      type === 'worker.started'
        ? [[stringField(payload, 'agent_id'), stringField(payload, 'prompt_id')]]
        : [],
    ),
  );
  for (const row of await runQuery(database, selectAgents(session))) {
    const id = readTextColumn(row, 'agent_id') ?? '';
    const run = runs.get(id);
    const at = readNumberColumn(row, 'started_at') ?? run?.at;
    const draft = createDraft(
      'agent',
      id,
      readTextColumn(row, 'type') ?? run?.agentType ?? 'agent',
      {
        at,
        outcome: run?.outcome ?? (readNumberColumn(row, 'stopped_at') === null ? 'running' : 'ok'),
        durationMs: run?.durationMs ?? undefined,
        tokens: run?.tokens ?? undefined,
        model: run === undefined || run.model === 'unknown' ? undefined : run.model,
      },
    );
    agents.set(id, draft);
    const call = calls.get(readTextColumn(row, 'tool_use_id') ?? '')?.draft;
    (call ?? promptOf(prompts.get(id), at)).children.push(draft);
  }
  return agents;
}
