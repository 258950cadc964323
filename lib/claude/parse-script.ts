import { type ParsedScript, parse } from 'unbash';

/** A shell script as a tree; `undefined` when the parser throws: it promises to take everything, but neither a hook nor a worker can rely on it. */
export function parseScript(text: string): ParsedScript | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
