import { isJsonObject, type JsonObject, objectField, parseJsonObject } from '../../core/json.ts';
import { readLineTime } from './line-fields.ts';
import { tailOf } from './read-transcript-ends.ts';
import { isRequestRecord } from './texts.ts';

/** How the line begins that the client writes when the user stops a turn. */
const INTERRUPTED = '[Request interrupted by user';

/** So much of the end holds the last line of a conversation, unless a result is huge. */
const TAIL_BYTES = 128 << 10;

/**
 * Returns when the user stopped the turn that the transcript ends with, in milliseconds since the
 * epoch; `undefined` when the conversation went on, or the file cannot be read. No hook runs when a
 * user presses Escape: this line is all that says it.
 */
export function interruptedAt(path: string): number | undefined {
  for (const text of lastLines(path)) {
    if (isRequestRecord(text) || !/"type":\s*"(?:user|assistant)"/.test(text)) continue;
    const line = parseJsonObject(text);
    if (line === undefined || line['isSidechain'] === true || line['isMeta'] === true) continue;
    if (line['type'] === 'user' || line['type'] === 'assistant')
      return isInterruption(line) ? readLineTime(line) : undefined;
  }
  return undefined;
}

/** The last lines, the last one first; none when the file cannot be read. */
function lastLines(path: string): readonly string[] {
  try {
    return tailOf(path, TAIL_BYTES).split('\n').toReversed();
  } catch {
    return [];
  }
}

function isInterruption(line: JsonObject): boolean {
  const content = objectField(line, 'message')['content'];
  if (line['type'] !== 'user') return false;
  if (typeof content === 'string') return content.startsWith(INTERRUPTED);
  const [first] = Array.isArray(content) ? content.filter(isJsonObject) : [];
  const text = first?.['type'] === 'text' ? first['text'] : undefined;
  return typeof text === 'string' && text.startsWith(INTERRUPTED);
}
