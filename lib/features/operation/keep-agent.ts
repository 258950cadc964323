import type { AgentFact } from '../../claude/transcript/agent-facts.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites, type Write } from '../../store/sink.ts';

/** What the client says of an agent that came to an end. */
export interface AgentReport {
  readonly agentId: string;
  readonly toolUseId?: string | undefined;
  /** As the client writes it, for an agent that worked in the background. */
  readonly status?: string | undefined;
  readonly tokens?: number | undefined;
  readonly toolUses?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly at: number;
}

/** Keeps which call started an agent, and what it took. Call it inside a transaction. */
export function keepAgent(database: Database, sessionId: string, fact: AgentFact): void {
  if (fact.kind === 'agent-usage')
    applyWrites(database, [
      agentWrite(sessionId, fact.agentId, {
        answer_at: fact.at,
        answer_model: fact.model,
        answer_tokens: fact.tokens,
      }),
    ]);
  else if (isAgentCall(database, fact.toolUseId))
    keepReport(database, sessionId, { ...fact, agentId: fact.launched });
}

/** Keeps what the client reports. Call it inside a transaction. */
export function keepReport(database: Database, sessionId: string, report: AgentReport): void {
  applyWrites(database, reportWrites(sessionId, report));
}

function reportWrites(
  sessionId: string,
  { agentId, toolUseId, status, tokens, toolUses, durationMs, at }: AgentReport,
): readonly Write[] {
  const call =
    toolUseId === undefined ? [] : [agentWrite(sessionId, agentId, { tool_use_id: toolUseId })];
  if (tokens === undefined && status === undefined) return call; // it only began
  const end = {
    reported_at: at,
    reported_status: status ?? null,
    reported_tokens: tokens ?? null,
    tool_uses: toolUses ?? null,
    reported_ms: durationMs ?? null,
  };
  return [...call, agentWrite(sessionId, agentId, end)];
}

function agentWrite(session: string, agent: string, told: Write['row']): Write {
  return { into: AGENTS_TABLE, row: { session_id: session, agent_id: agent, ...told } };
}

/** The result of another tool may look the same. */
function isAgentCall(database: Database, toolUseId: string): boolean {
  const tool = database
    .prepare('SELECT tool FROM operations WHERE tool_use_id = ?')
    .get(toolUseId)?.['tool'];
  return tool === undefined || tool === null || tool === 'Agent';
}
