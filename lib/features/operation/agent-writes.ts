import { AGENTS_TABLE } from '../../store/agents-table.ts';
import type { Write } from '../../store/sink.ts';

/** The client's report about a finished agent. */
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

/**
 * Returns the writes of a report about an agent: the call that started it and, unless it only
 * began, how it ended.
 */
export function createReportWrites(
  sessionId: string,
  { agentId, toolUseId, status, tokens, toolUses, durationMs, at }: AgentReport,
): readonly Write[] {
  const call =
    toolUseId === undefined
      ? []
      : [createAgentWrite(sessionId, agentId, { tool_use_id: toolUseId })];
  if (tokens === undefined && status === undefined) return call; // it only began
  const end = {
    reported_at: at,
    reported_status: status ?? null,
    reported_tokens: tokens ?? null,
    tool_uses: toolUses ?? null,
    reported_ms: durationMs ?? null,
  };
  return [...call, createAgentWrite(sessionId, agentId, end)];
}

/** Returns a write of some columns of an agent. */
export function createAgentWrite(session: string, agent: string, told: Write['row']): Write {
  return { into: AGENTS_TABLE, row: { session_id: session, agent_id: agent, ...told } };
}
