import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import { headOf } from '../../core/text.ts';
import { mapStrings } from '../../secrets/map-strings.ts';
import { redactNamed, redactTokens } from '../../secrets/redact.ts';
import { canonicalToolName } from '../operation-tools.ts';
import { describeToolTarget } from '../tool-target.ts';
import { parseAgentResult } from './agent-facts.ts';
import { type DiffLine, diffFromInput, diffFromResult } from './edit-diff.ts';
import { type BlockStub, describeBlock } from './block-stub.ts';
import { isRequestRecord, readSpokenTexts, extractTypedText } from './texts.ts';
import { classifyResult, readResultText, type TranscriptOutcome } from './result-outcome.ts';
import { idField, nameField, readLineTime } from './line-fields.ts';

/**
 * When, and in whose transcript. Times are milliseconds since the epoch; 0 where the line tells
 * none.
 */
interface Placed {
  readonly at: number;
  /** Tells it from others of its file: a line that the client wrote twice gives the same. */
  readonly id: string;
}

/**
 * One thing that a line of a transcript says in a conversation. Every text is redacted and bounded.
 */
export type ConversationPart =
  | (Placed & { readonly kind: 'prompt' | 'answer' | 'thought'; readonly text: string })
  /**
   * What the client or a hook added: `told` reaches Claude from a hook, `note` is the client's own.
   */
  | (Placed & { readonly kind: 'told' | 'note'; readonly text: string })
  | (Placed & {
      readonly kind: 'call';
      readonly tool: string;
      readonly target: string;
      readonly input: JsonObject;
      readonly diff: readonly DiffLine[];
    })
  | (Placed & {
      readonly kind: 'result';
      readonly outcome: TranscriptOutcome;
      readonly text: string;
      readonly diff: readonly DiffLine[];
      /** The agent that the call started. */
      readonly launched?: string;
    })
  | (Placed & { readonly kind: 'compaction' })
  | (Placed & BlockStub);

/**
 * Longest text that is kept, in UTF-16 units: a reader of a page wants no more, and memory has to
 * be bounded.
 */
export const MAX_TEXT = 200_000;

/** Lines that say nothing in a conversation: what the client notes for itself. */
const SILENT = /^\{"type":"(?:file-history|queue-operation|mode|tools-used|atis)/;

/**
 * What one line of a transcript says in a conversation, in its order. The format is Claude Code's
 * own and changes: a line that is half-written or garbage gives nothing. Never throws.
 */
export function parseConversationLine(text: string): readonly ConversationPart[] {
  if (isRequestRecord(text) || SILENT.test(text)) return [];
  const line = parseJsonObject(text);
  if (line === undefined) return [];
  const at = readLineTime(line) ?? 0;
  if (line['type'] === 'assistant' || line['type'] === 'user') return partsOfMessage(line, at);
  if (line['type'] === 'attachment') return parseHookMessages(line, at);
  if (line['type'] === 'system' && line['subtype'] === 'compact_boundary')
    return [{ kind: 'compaction', at, id: idField(line, 'uuid') ?? String(at) }];
  return [];
}

function partsOfMessage(line: JsonObject, at: number): readonly ConversationPart[] {
  const message = objectField(line, 'message');
  const content = message['content'];
  const name = idField(message, 'id') ?? idField(line, 'uuid') ?? String(at);
  const blocks: readonly unknown[] = Array.isArray(content)
    ? content
    : [{ type: 'text', text: content }];
  return blocks.filter(isJsonObject).flatMap((block) => {
    if (block['type'] === 'tool_result') return resultParts(block, line, at);
    if (block['type'] === 'tool_use') return callParts(block, at);
    return loosePart(block, line, { at, name });
  });
}

/**
 * A block that is neither a call nor a result. Answers of one message come in several lines, so
 * their text names them, too.
 */
function loosePart(
  block: JsonObject,
  line: JsonObject,
  { at, name }: { readonly at: number; readonly name: string },
): readonly ConversationPart[] {
  const type = stringField(block, 'type') ?? '';
  if (type === 'text') {
    const said = stringField(block, 'text');
    return said === undefined ? [] : textParts(said, line, { at, name });
  }
  if (type === 'thinking') {
    const thought = stringField(block, 'thinking');
    const text = cleanText(thought ?? '');
    return text === '' ? [] : [{ kind: 'thought', at, id: `${name}/${text.slice(0, 80)}`, text }];
  }
  return [stubOf(block, { at, name })];
}

function textParts(
  said: string,
  line: JsonObject,
  { at, name }: { readonly at: number; readonly name: string },
): readonly ConversationPart[] {
  const text = cleanText(said);
  if (text === '') return [];
  const id = `${name}/${text.length}/${text.slice(0, 80)}`;
  if (line['type'] === 'assistant') return [{ kind: 'answer', at, id, text }];
  // a resume may write a message again under another uuid: its time and its words stay
  const prompt = at === 0 ? id : `${at}/${text.length}/${text.slice(0, 80)}`;
  if (line['isMeta'] === true || line['isCompactSummary'] === true)
    return [{ kind: 'note', at, id: prompt, text }];
  const typed = extractTypedText(text);
  return [
    typeof typed === 'string'
      ? { kind: 'prompt', at, id: prompt, text: typed }
      : { kind: 'note', at, id: prompt, text },
  ];
}

function callParts(block: JsonObject, at: number): readonly ConversationPart[] {
  const id = idField(block, 'id');
  const name = nameField(block, 'name');
  if (id === undefined || name === undefined) return [];
  const tool = canonicalToolName(name.slice(0, 128));
  const input = plainInput(objectField(block, 'input'));
  const target = describeToolTarget(tool, input);
  return [{ kind: 'call', at, id, tool, target, input, diff: diffFromInput(tool, input) }];
}

function resultParts(block: JsonObject, line: JsonObject, at: number): readonly ConversationPart[] {
  const id = idField(block, 'tool_use_id');
  if (id === undefined) return [];
  const whole = readResultText(block);
  const launched = parseAgentResult(block, id, whole, at, {}).flatMap((fact) =>
    fact.kind === 'agent-result' ? [fact.launched] : [],
  )[0];
  const content: readonly unknown[] = Array.isArray(block['content']) ? block['content'] : [];
  const others = content
    .filter(isJsonObject)
    .filter((inner) => inner['type'] !== 'text')
    .map((inner, index) => stubOf(inner, { at, name: `${id}/${index}` }));
  return [
    {
      kind: 'result',
      at,
      id,
      outcome: classifyResult(block, line, whole),
      text: cleanText(resultWords(whole, launched)),
      diff: diffFromResult(objectField(line, 'toolUseResult')),
      ...(launched === undefined ? {} : { launched }),
    },
    ...others,
  ];
}

/**
 * A result without what the client adds for itself: the marks of an error, how to go on with an
 * agent.
 */
function resultWords(text: string, launched: string | undefined): string {
  if (launched !== undefined) return text.replace(/\n?agentId: [\w-]+ \([\s\S]*$/, '');
  return text.startsWith('<tool_use_error>')
    ? text.replace(/^<tool_use_error>|<\/tool_use_error>\s*$/g, '')
    : text;
}

/** What hooks told Claude, as the client noted it, and what a person typed while it worked. */
function parseHookMessages(line: JsonObject, at: number): readonly ConversationPart[] {
  const attachment = objectField(line, 'attachment');
  if (attachment['type'] === 'queued_command')
    return readSpokenTexts(line, at).map(({ id, text }) => ({
      kind: 'prompt',
      at,
      id,
      text: cleanText(text),
    }));
  if (attachment['type'] !== 'hook_additional_context') return [];
  const content = attachment['content'];
  const text = cleanText(
    (Array.isArray(content) ? content : [content])
      .filter((one: unknown): one is string => typeof one === 'string')
      .join('\n'),
  );
  const id = `${idField(attachment, 'toolUseID') ?? at}/${text.slice(0, 80)}`;
  return text === '' ? [] : [{ kind: 'told', at, id, text }];
}

function stubOf(
  block: JsonObject,
  { at, name }: { readonly at: number; readonly name: string },
): ConversationPart {
  const stub = describeBlock(block);
  const type = (stringField(block, 'type') ?? 'block').slice(0, 40);
  return { at, id: `${name}/${type}/${stub.bytes}`, ...stub };
}

/** `text` without secrets and colours, with what is too long cut off and said. */
export function cleanText(text: string): string {
  const head = text.slice(0, MAX_TEXT).replace(ANSI, '');
  const plain = redactTokens(head).replace(/\s+$/, '');
  if (text.length <= MAX_TEXT) return plain;
  return `${headOf(plain, MAX_TEXT)}\n[${text.length - MAX_TEXT} more characters are left out]`;
}

function plainInput(input: JsonObject): JsonObject {
  return mapStrings(input, (text, name) => redactNamed(name, cleanText(text)));
}

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
