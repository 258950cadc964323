import { isJsonObject, type JsonObject, objectField, stringField } from '../core/json.ts';

/** What every hook payload has; the fields of one event are read from `fields` by those who know them. */
export interface HookInput {
  readonly sessionId: string;
  readonly event: string;
  readonly cwd: string;
  readonly transcriptPath: string | undefined;
  readonly promptId: string | undefined;
  readonly agentId: string | undefined;
  readonly agentType: string | undefined;
  readonly fields: JsonObject;
}

/** A tool event's own fields. */
export interface ToolFields {
  /** `Agent` whatever the client calls it. */
  readonly tool: string;
  readonly toolUseId: string | undefined;
  readonly input: JsonObject;
}

/** Ids become file names: nothing but letters, digits, `_`, `-` and `.`, and no leading dot. */
const SAFE_ID = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;

/**
 * Reads a payload. @returns the input, or the reason why it is none: one clause, without the payload's content.
 */
export function readHookInput(text: string): HookInput | { readonly problem: string } {
  if (text.trim() === '') return { problem: 'standard input was empty' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: 'standard input is not JSON, or was cut' };
  }
  if (!isJsonObject(parsed)) return { problem: 'standard input is not a JSON object' };
  const sessionId = stringField(parsed, 'session_id');
  if (sessionId === undefined) return { problem: 'session_id is missing' };
  if (!SAFE_ID.test(sessionId)) return { problem: `session_id has ${sessionId.length} characters or signs that no session of Claude Code has` };
  const event = stringField(parsed, 'hook_event_name');
  if (event === undefined) return { problem: 'hook_event_name is missing' };
  const agentId = stringField(parsed, 'agent_id');
  return {
    sessionId,
    event,
    cwd: stringField(parsed, 'cwd') ?? '',
    transcriptPath: stringField(parsed, 'transcript_path'),
    promptId: stringField(parsed, 'prompt_id'),
    agentId: agentId !== undefined && SAFE_ID.test(agentId) ? agentId : undefined,
    agentType: stringField(parsed, 'agent_type'),
    fields: parsed,
  };
}

/** The tool part of PreToolUse, PostToolUse and PostToolUseFailure. */
export function toolFields(input: HookInput): ToolFields {
  const tool = stringField(input.fields, 'tool_name') ?? 'unknown';
  return { tool: tool === 'Task' ? 'Agent' : tool, toolUseId: stringField(input.fields, 'tool_use_id'), input: objectField(input.fields, 'tool_input') };
}
