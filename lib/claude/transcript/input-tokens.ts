import { type JsonObject, numberField, objectField } from '../../core/json.ts';

/** What a model was given for one answer, in tokens: input, and the cache that was read and written. Anything that is no count is 0. */
export function inputTokens(usage: JsonObject): number {
  const written = Math.max(countIn(usage, 'cache_creation_input_tokens'), writtenByLifetime(usage));
  return countIn(usage, 'input_tokens') + countIn(usage, 'cache_read_input_tokens') + written;
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
