import { type JsonObject, numberField, objectField } from '../../core/json.ts';

/** What a model was given for one answer, in tokens: input, and the cache that was read and written. Anything that is no count is 0. */
export function inputTokens(usage: JsonObject): number {
  const written = Math.max(countIn(usage, 'cache_creation_input_tokens'), writtenByLifetime(usage));
  return countIn(usage, 'input_tokens') + countIn(usage, 'cache_read_input_tokens') + written;
}

/** What one answer cost in tokens, by what each kind is billed as. */
export interface SpentTokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly webSearches: number;
}

/** The figures of an answer. What is written to the cache without saying for how long stays five minutes. */
export function spentTokens(usage: JsonObject): SpentTokens {
  const hour = countIn(objectField(usage, 'cache_creation'), 'ephemeral_1h_input_tokens');
  const written = Math.max(countIn(usage, 'cache_creation_input_tokens'), writtenByLifetime(usage));
  return {
    input: countIn(usage, 'input_tokens'),
    output: countIn(usage, 'output_tokens'),
    cacheRead: countIn(usage, 'cache_read_input_tokens'),
    cacheWrite5m: Math.max(0, written - hour),
    cacheWrite1h: hour,
    webSearches: countIn(objectField(usage, 'server_tool_use'), 'web_search_requests'),
  };
}

/** Cache writes by how long they stay. Clients give them beside the sum, or in place of it. */
function writtenByLifetime(usage: JsonObject): number {
  const created = objectField(usage, 'cache_creation');
  return Object.keys(created)
    .filter((name) => /^ephemeral_\w+_input_tokens$/.test(name))
    .reduce((sum, name) => sum + countIn(created, name), 0);
}

function countIn(usage: JsonObject, name: string): number {
  return Math.max(0, Math.trunc(numberField(usage, name) ?? 0));
}
