import type { JsonObject } from '../core/json.ts';

/** Events that a proof can be made with, best first; the first two that are installed are taken. */
export const PROOF_EVENTS = [
  'SessionStart',
  'PostToolUse',
  'PostToolUseFailure',
  'SubagentStart',
] as const;

/** A payload as Claude Code sends it, of a session that never was. */
export function createProofPayload(event: string, session: string, cwd: string): JsonObject {
  const common = {
    session_id: session,
    transcript_path: `${cwd}/${session}.jsonl`,
    cwd,
    hook_event_name: event,
  };
  const call = {
    tool_name: 'Bash',
    tool_input: { command: 'true', description: 'A sample of waymark install' },
    tool_use_id: `toolu_${session}`,
  };
  switch (event) {
    case 'PostToolUse':
      return {
        ...common,
        ...call,
        permission_mode: 'default',
        tool_response: { stdout: '', stderr: '', interrupted: false },
        duration_ms: 1,
      };
    case 'PostToolUseFailure':
      return {
        ...common,
        ...call,
        permission_mode: 'default',
        error: 'Exit code 1',
        is_interrupt: false,
        duration_ms: 1,
      };
    case 'SubagentStart':
      return { ...common, agent_id: 'sample', agent_type: 'general-purpose' };
    default:
      return { ...common, source: 'startup' };
  }
}
