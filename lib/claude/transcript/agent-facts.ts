import { isJsonObject, type JsonObject, objectField } from '../../core/json.ts';
import { countInputTokens } from './input-tokens.ts';
import { countField, idField, nameField } from './line-fields.ts';

/**
 * What a transcript says about an agent, besides its calls. Times are milliseconds since the epoch.
 */
export type AgentFact =
  /**
   * Which agent a call started, and once it is done what the client counted: tokens of its last
   * answer, its calls, its time.
   */
  | {
      readonly kind: 'agent-result';
      readonly toolUseId: string;
      readonly launched: string;
      readonly tokens?: number;
      readonly toolUses?: number;
      readonly durationMs?: number;
      readonly at: number;
      readonly agentId?: string;
    }
  /**
   * One answer of an agent, from the agent's own transcript: what it read and wrote, and which
   * model gave it.
   */
  | {
      readonly kind: 'agent-usage';
      readonly agentId: string;
      readonly model: string;
      readonly tokens: number;
      readonly at: number;
    };

/**
 * The client ends the result of an agent call with these lines, in the main transcript and in those
 * of agents. Tried with 2.1.197 and 2.1.330.
 */
const LAUNCHED = /(?:^|\n)agentId: ([\w-]{1,128}) \((?:use SendMessage|internal ID)/g;
const COUNTED =
  /<usage>subagent_tokens: (\d{1,15})\s+tool_uses: (\d{1,9})\s+duration_ms: (\d{1,12})<\/usage>\s*$/;

/**
 * The fact in one `tool_result` block; `text` is its text. Output of other tools is no list of
 * blocks, whatever it says.
 */
export function parseAgentResult(
  block: JsonObject,
  toolUseId: string,
  text: string,
  at: number,
  agent: { readonly agentId?: string },
): readonly AgentFact[] {
  if (!Array.isArray(block['content']) || !text.includes('agentId: ')) return [];
  const launched = [...text.matchAll(LAUNCHED)].at(-1)?.[1];
  if (launched === undefined) return [];
  const [, tokens, toolUses, durationMs] = COUNTED.exec(text) ?? [];
  const counted =
    tokens === undefined
      ? {}
      : { tokens: Number(tokens), toolUses: Number(toolUses), durationMs: Number(durationMs) };
  return [{ kind: 'agent-result', toolUseId, launched, ...counted, at, ...agent }];
}

/** The fact in an assistant line of an agent. */
export function parseAgentUsage(line: JsonObject, at: number): readonly AgentFact[] {
  const agentId = idField(line, 'agentId');
  const message = objectField(line, 'message');
  const model = nameField(message, 'model');
  const counted = message['usage'];
  if (
    agentId === undefined ||
    model === undefined ||
    model === '<synthetic>' ||
    !isJsonObject(counted)
  )
    return [];
  const tokens = countInputTokens(counted) + countField(counted, 'output_tokens');
  return tokens > 0 ? [{ kind: 'agent-usage', agentId, model, tokens, at }] : [];
}
