import type { AgentFact } from '../../claude/transcript/agent-facts.ts';
import type { Database } from '../../store/database.ts';

/** Of two answers or reports the later stands, of two at one time the greater: the order of reading must not matter. */
const KEEP_ANSWER = `INSERT INTO agents (session_id, agent_id, answer_at, answer_model, answer_tokens) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (session_id, agent_id) DO UPDATE SET answer_at = excluded.answer_at, answer_model = excluded.answer_model, answer_tokens = excluded.answer_tokens
  WHERE agents.answer_at IS NULL OR (excluded.answer_at, excluded.answer_tokens, excluded.answer_model) > (agents.answer_at, agents.answer_tokens, agents.answer_model)`;
const KEEP_CALL = `INSERT INTO agents (session_id, agent_id, tool_use_id) VALUES (?, ?, ?)
  ON CONFLICT (session_id, agent_id) DO UPDATE SET tool_use_id = min(coalesce(agents.tool_use_id, excluded.tool_use_id), excluded.tool_use_id)`;
const KEEP_REPORT = `INSERT INTO agents (session_id, agent_id, reported_at, reported_status, reported_tokens, tool_uses, reported_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (session_id, agent_id) DO UPDATE SET reported_at = excluded.reported_at, reported_status = excluded.reported_status,
    reported_tokens = excluded.reported_tokens, tool_uses = excluded.tool_uses, reported_ms = excluded.reported_ms
  WHERE agents.reported_at IS NULL OR (excluded.reported_at, coalesce(excluded.reported_status, ''), coalesce(excluded.reported_tokens, 0))
    > (agents.reported_at, coalesce(agents.reported_status, ''), coalesce(agents.reported_tokens, 0))`;

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
    database.prepare(KEEP_ANSWER).run(sessionId, fact.agentId, fact.at, fact.model, fact.tokens);
  else if (isAgentCall(database, fact.toolUseId))
    keepReport(database, sessionId, { ...fact, agentId: fact.launched });
}

/** Keeps what the client reports. Call it inside a transaction. */
export function keepReport(
  database: Database,
  sessionId: string,
  { agentId, toolUseId, status, tokens, toolUses, durationMs, at }: AgentReport,
): void {
  if (toolUseId !== undefined) database.prepare(KEEP_CALL).run(sessionId, agentId, toolUseId);
  if (tokens === undefined && status === undefined) return; // it only began
  database
    .prepare(KEEP_REPORT)
    .run(
      sessionId,
      agentId,
      at,
      status ?? null,
      tokens ?? null,
      toolUses ?? null,
      durationMs ?? null,
    );
}

/** The result of another tool may look the same. */
function isAgentCall(database: Database, toolUseId: string): boolean {
  const tool = database
    .prepare('SELECT tool FROM operations WHERE tool_use_id = ?')
    .get(toolUseId)?.['tool'];
  return tool === undefined || tool === null || tool === 'Agent';
}
