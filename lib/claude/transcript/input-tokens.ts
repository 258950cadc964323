import { type JsonObject, objectField } from '../../core/json.ts';
import { countField } from './line-fields.ts';

/**
 * What a model was given for one answer, in tokens: input, and the cache that was read and written.
 * Anything that is no count is 0.
 */
export function countInputTokens(usage: JsonObject): number {
  const written = Math.max(
    countField(usage, 'cache_creation_input_tokens'),
    writtenByLifetime(usage),
  );
  return countField(usage, 'input_tokens') + countField(usage, 'cache_read_input_tokens') + written;
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

/**
 * The figures of an answer. What is written to the cache without saying for how long stays five
 * minutes.
 */
export function countSpentTokens(usage: JsonObject): SpentTokens {
  const hour = countField(objectField(usage, 'cache_creation'), 'ephemeral_1h_input_tokens');
  const written = Math.max(
    countField(usage, 'cache_creation_input_tokens'),
    writtenByLifetime(usage),
  );
  return {
    input: countField(usage, 'input_tokens'),
    output: countField(usage, 'output_tokens'),
    cacheRead: countField(usage, 'cache_read_input_tokens'),
    cacheWrite5m: Math.max(0, written - hour),
    cacheWrite1h: hour,
    webSearches: countField(objectField(usage, 'server_tool_use'), 'web_search_requests'),
  };
}

/** Cache writes by how long they stay. Clients give them beside the sum, or in place of it. */
function writtenByLifetime(usage: JsonObject): number {
  const created = objectField(usage, 'cache_creation');
  return Object.keys(created)
    .filter((name) => /^ephemeral_\w+_input_tokens$/.test(name))
    .reduce((sum, name) => sum + countField(created, name), 0);
}
