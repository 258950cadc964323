import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import { redactTokens } from '../../secrets/redact.ts';
import { canonicalToolName } from '../operation-tools.ts';
import { redactHead, TARGET_LIMIT, describeToolTarget } from '../tool-target.ts';
import { withoutProgress } from '../../core/progress-lines.ts';
import { headOf } from '../../core/text.ts';
import type { CallInspector } from './call-inspector.ts';
import { type AgentFact, parseAgentResult, parseAgentUsage } from './agent-facts.ts';
import { countInputTokens, countSpentTokens, type SpentTokens } from './input-tokens.ts';
import { classifyResult, readResultText, type TranscriptOutcome } from './result-outcome.ts';
import {
  isCopyOfFork,
  isRequestRecord,
  readSpokenTexts,
  type TitleFact,
  parseTitle,
  UNNAMED_AGENT,
} from './texts.ts';
import { type TodoFact, parseTodos } from './todo-facts.ts';
import { countField, idField, nameField, readLineTime } from './line-fields.ts';

/**
 * One thing that a transcript line says. Times are milliseconds since the epoch; `agentId` is
 * absent on the main chain.
 */
export type TranscriptFact =
  | {
      readonly kind: 'call';
      readonly toolUseId: string;
      readonly tool: string;
      readonly target: string;
      /** What a closer look at the whole input found. */
      readonly note?: JsonObject;
      readonly at: number;
      readonly agentId?: string;
    }
  | {
      readonly kind: 'result';
      readonly toolUseId: string;
      readonly outcome: TranscriptOutcome;
      readonly error?: string;
      /** Length of the text in UTF-16 units, where it is large. */
      readonly size?: number;
      /** What a closer look at the whole text found. */
      readonly note?: JsonObject;
      readonly at: number;
      readonly agentId?: string;
    }
  /**
   * What the model read for one answer of the main chain; the lines of one answer repeat it under
   * one `messageId`.
   */
  | {
      readonly kind: 'usage';
      readonly messageId: string;
      /** Absent when the line does not name it: then it is the model of the answer before. */
      readonly model?: string;
      readonly tokens: number;
      readonly at: number;
    }
  /**
   * What an answer cost, on the main chain or an agent's. The lines of one answer repeat it under
   * one `messageId`, and its last line has the whole output.
   */
  | ({
      readonly kind: 'spend';
      readonly messageId: string;
      /** Of the call of the API; `''` where the line does not name it. */
      readonly requestId: string;
      readonly model: string | null;
      readonly tier: string | null;
      /** `fast` in fast mode. */
      readonly speed: string | null;
      /** Where the answer was bound to be made, such as `us`. */
      readonly geo: string | null;
      readonly at: number;
      readonly agentId?: string;
    } & SpentTokens)
  /** What is left in the context after a compaction; `null` when the line does not say it. */
  | {
      readonly kind: 'compaction';
      readonly id: string;
      readonly tokens: number | null;
      readonly at: number;
    }
  /** What a person typed, or a text of an answer: its head, redacted. */
  | {
      readonly kind: 'message';
      readonly role: 'prompt' | 'answer';
      readonly id: string;
      readonly text: string;
      /** Of the whole text, in UTF-16 units. */
      readonly length: number;
      readonly at: number;
      readonly agentId?: string;
    }
  | AgentFact
  | TitleFact
  | TodoFact;

/** Longest error text that is kept, in UTF-16 units. */
const ERROR_LIMIT = TARGET_LIMIT;

/** Results from this length on are what fills a context. */
const LARGE_RESULT = 2_000;

/** Longest head of a prompt or an answer that is kept, in UTF-16 units. */
const MESSAGE_LIMIT = 2_000;

/**
 * Without one of these a line holds no fact. Parsing is what reading costs, and most bytes are file
 * contents and request bodies.
 */
const WORTH_PARSING =
  /"(?:tool_use|tool_result|usage|compact_boundary|user|assistant|queued_command|ai-title|custom-title|summary)"/;

const HAS_CALL = /"(?:tool_use|tool_result)"/;

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/**
 * The facts in one transcript line, in their order. Targets and errors are redacted and cut. The
 * format is Claude Code's own and changes: whatever is unknown, half-written or garbage gives none.
 * Never throws.
 */
export function parseLine(text: string, look?: CallInspector): readonly TranscriptFact[] {
  if (isRequestRecord(text) || !WORTH_PARSING.test(text)) return [];
  const line = parseJsonObject(text);
  if (line === undefined || isCopyOfFork(line)) return [];
  const at = readLineTime(line);
  // of all else a line without a time could be a copy that a fork made
  if (at === undefined) return parseTitle(line);
  switch (line['type']) {
    case 'assistant':
      return [
        ...calls(line, at, look),
        ...usage(line, at),
        ...parseUsage(line, at),
        ...messages(line, at),
        ...parseAgentUsage(line, at),
      ];
    case 'user':
      return [...results(line, at, look), ...messages(line, at)];
    case 'attachment':
      return messages(line, at);
    case 'system':
      return compaction(line, at);
    default:
      return parseTitle(line);
  }
}

/**
 * The calls and results in one line, and nothing else: for a process that has no time. Never
 * throws.
 */
export function parseCalls(text: string): readonly TranscriptFact[] {
  if (!HAS_CALL.test(text)) return [];
  const line = parseJsonObject(text);
  const at = readLineTime(line);
  if (line === undefined || at === undefined) return [];
  if (line['type'] === 'assistant') return calls(line, at, undefined);
  return line['type'] === 'user' ? results(line, at, undefined) : [];
}

function messages(line: JsonObject, at: number): TranscriptFact[] {
  return readSpokenTexts(line, at).flatMap(({ kind, id, text, agentId }) =>
    kind === 'result'
      ? []
      : {
          kind: 'message',
          role: kind,
          id,
          text: redactHead(text, MESSAGE_LIMIT),
          length: text.length,
          at,
          ...(agentId === undefined ? {} : { agentId }),
        },
  );
}

function calls(line: JsonObject, at: number, look: CallInspector | undefined): TranscriptFact[] {
  return blocks(line, 'tool_use').flatMap((block) => {
    const toolUseId = idField(block, 'id');
    const name = nameField(block, 'name');
    if (toolUseId === undefined || name === undefined) return [];
    const tool = canonicalToolName(name);
    const input = objectField(block, 'input');
    const call = {
      kind: 'call',
      toolUseId,
      tool,
      target: describeToolTarget(tool, input),
      ...noteOf(look?.input(tool, input)),
      at,
      ...agentOf(line),
    } as const;
    const isOfUnnamedAgent = isSidechain(line) && idField(line, 'agentId') === undefined;
    return isOfUnnamedAgent ? [call] : [call, ...parseTodos(tool, input, at, agentOf(line))];
  });
}

function results(line: JsonObject, at: number, look: CallInspector | undefined): TranscriptFact[] {
  return blocks(line, 'tool_result').flatMap((block) => {
    const toolUseId = idField(block, 'tool_use_id');
    if (toolUseId === undefined) return [];
    const text = readResultText(block);
    const outcome = classifyResult(block, line, text);
    const error = outcome === 'ok' ? {} : { error: errorHead(text) };
    const result = {
      kind: 'result',
      toolUseId,
      outcome,
      ...error,
      ...(isSidechain(line) ? {} : sizeOf(text)),
      ...noteOf(look?.result(text)),
      at,
      ...agentOf(line),
    } as const;
    return [result, ...parseAgentResult(block, toolUseId, text, at, agentOf(line))];
  });
}

function noteOf(note: JsonObject | undefined): { readonly note?: JsonObject } {
  return note === undefined ? {} : { note };
}

function sizeOf(text: string): { readonly size?: number } {
  return text.length < LARGE_RESULT ? {} : { size: text.length };
}

function usage(line: JsonObject, at: number): TranscriptFact[] {
  const message = objectField(line, 'message');
  const messageId = idField(message, 'id') ?? idField(line, 'uuid');
  const model = nameField(message, 'model');
  if (messageId === undefined || model === '<synthetic>') return [];
  if (line['isApiErrorMessage'] === true || isSidechain(line)) return [];
  const tokens = countInputTokens(objectField(message, 'usage'));
  const named = model === undefined ? {} : { model };
  return tokens > 0 ? [{ kind: 'usage', messageId, ...named, tokens, at }] : [];
}

/** An answer without an id cannot be told from its copies: it counts as none. */
function parseUsage(line: JsonObject, at: number): TranscriptFact[] {
  const message = objectField(line, 'message');
  const messageId = idField(message, 'id');
  const model = nameField(message, 'model') ?? null;
  const counted = message['usage'];
  if (messageId === undefined || model === '<synthetic>' || !isJsonObject(counted)) return [];
  if (line['isApiErrorMessage'] === true) return [];
  const requestId = idField(line, 'requestId') ?? '';
  const how = {
    tier: nameField(counted, 'service_tier') ?? null,
    speed: nameField(counted, 'speed') ?? null,
    geo: nameField(counted, 'inference_geo') ?? null,
  };
  const agent = isSidechain(line) ? { agentId: UNNAMED_AGENT, ...agentOf(line) } : {};
  const spent = countSpentTokens(counted);
  if (Object.values(spent).every((count) => count === 0)) return [];
  return [{ kind: 'spend', messageId, requestId, model, ...how, at, ...agent, ...spent }];
}

function compaction(line: JsonObject, at: number): TranscriptFact[] {
  if (line['subtype'] !== 'compact_boundary' || isSidechain(line)) return [];
  const left = countField(objectField(line, 'compactMetadata'), 'postTokens');
  const tokens = left === 0 ? null : left;
  return [{ kind: 'compaction', id: idField(line, 'uuid') ?? String(at), tokens, at }];
}

function blocks(line: JsonObject, type: string): JsonObject[] {
  const content = objectField(line, 'message')['content'];
  if (!Array.isArray(content)) return [];
  return content.filter(
    (block: unknown): block is JsonObject => isJsonObject(block) && block['type'] === type,
  );
}

function agentOf(line: JsonObject): { readonly agentId?: string } {
  const agentId = idField(line, 'agentId');
  return agentId === undefined ? {} : { agentId };
}

function isSidechain(line: JsonObject): boolean {
  return line['isSidechain'] === true || stringField(line, 'agentId') !== undefined;
}

function errorHead(text: string): string {
  const plain = withoutProgress(text, ERROR_LIMIT)
    .slice(0, 8 * ERROR_LIMIT)
    .replace(ANSI, '')
    .replace(/^<tool_use_error>|<\/tool_use_error>$/g, '');
  return headOf(redactTokens(plain), ERROR_LIMIT);
}
