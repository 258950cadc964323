import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tokens by kind. */
export interface TokenCount {
  readonly answers: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/**
 * Counts the tokens in all transcripts below a folder, once per message and request, with no code
 * of the package in it.
 */
export function countTokens(folder: string): TokenCount {
  const seen = new Map<string, number[]>();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => file.endsWith('.jsonl') && file !== 'history.jsonl'))
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)) {
      const { type, message, requestId } = JSON.parse(text);
      if (type !== 'assistant' || !message?.usage || message.model === '<synthetic>') continue;
      const usage = message.usage;
      const figures = [
        usage.input_tokens ?? 0,
        usage.output_tokens ?? 0,
        usage.cache_read_input_tokens ?? 0,
        usage.cache_creation_input_tokens ?? 0,
      ];
      const key = `${message.id} ${requestId}`;
      const known = seen.get(key) ?? [0, 0, 0, 0];
      seen.set(
        key,
        figures.map((figure, place) => Math.max(figure, known[place] ?? 0)),
      );
    }
  const sum = (place: number): number =>
    [...seen.values()].reduce((total, figures) => total + (figures[place] ?? 0), 0);
  return {
    ...{ answers: seen.size, input: sum(0), output: sum(1) },
    ...{ cacheRead: sum(2), cacheWrite: sum(3) },
  };
}
