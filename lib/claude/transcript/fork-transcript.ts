import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';

export interface ForkOptions {
  /** Id of the new session. */
  readonly session: string;
  /** Milliseconds since the epoch: nothing that was said later is in it. */
  readonly until: number;
}

/** Lines about files of the old session, which the new one does not have. */
const LEFT_OUT: ReadonlySet<string> = new Set(['file-history-snapshot']);

/**
 * The beginning of a transcript as that of a new session: it ends at the last moment before `until`
 * at which every call had its result, as the API takes no other. What cannot be read is left out.
 * @returns the new transcript; `''` when nothing was said by then.
 */
export function forkTranscript(text: string, { session, until }: ForkOptions): string {
  const kept: string[] = [];
  const open = new Set<string>();
  let [whole, said] = [0, false];
  for (const line of text.split('\n')) {
    const entry = parseJsonObject(line);
    if (entry === undefined || LEFT_OUT.has(stringField(entry, 'type') ?? '')) continue;
    const at = Date.parse(stringField(entry, 'timestamp') ?? '');
    if (at > until) break;
    kept.push(JSON.stringify('sessionId' in entry ? { ...entry, sessionId: session } : entry));
    for (const block of blocksOf(entry)) follow(block, open);
    said ||= entry['type'] === 'user' || entry['type'] === 'assistant';
    if (open.size === 0) whole = kept.length;
  }
  return said && whole > 0 ? `${kept.slice(0, whole).join('\n')}\n` : '';
}

function blocksOf(entry: JsonObject): readonly JsonObject[] {
  const content = objectField(entry, 'message')['content'];
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}

function follow(block: JsonObject, open: Set<string>): void {
  const call = stringField(block, 'id');
  const result = stringField(block, 'tool_use_id');
  if (block['type'] === 'tool_use' && call !== undefined) open.add(call);
  if (block['type'] === 'tool_result' && result !== undefined) open.delete(result);
}
