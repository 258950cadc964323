import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import { redactHead } from '../tool-target.ts';
import { readLineTime } from './line-fields.ts';
import { tailOf } from './read-transcript-ends.ts';
import { isRequestRecord } from './texts.ts';

/** The last thing in the main conversation. A hook tells of `other` alone, and in time. */
type EndKind =
  /** The user pressed Escape, or said no to a call. */
  | 'interrupted'
  /** A hook of the user's refused the prompt: no turn began. */
  | 'blocked'
  /** A hook of the user's refused the end of the turn: Claude goes on. */
  | 'continued'
  /** A call has its result, whoever gave it. */
  | 'answered'
  /** Claude asks the user a question of its own. */
  | 'question'
  /** Claude asks the user to approve a plan. */
  | 'plan'
  | 'other';

export interface ConversationEnd {
  readonly kind: EndKind;
  /** When it was written, in milliseconds since the epoch; 0: nothing was. */
  readonly at: number;
  /** What Claude asks; of a question only. */
  readonly text?: string;
  /** When a command of the client's own, such as `/compact`, last ended; 0: never. */
  readonly commandAt: number;
}

type Part = Pick<ConversationEnd, 'text'> & { readonly kind: EndKind | 'command' };

/** How the line begins that the client writes when the user stops a turn. */
const INTERRUPTED = '[Request interrupted by user';
/** How the line begins that introduces a command of the client; all that a stopped one leaves. */
const COMMAND = '<local-command-caveat>';
const CONTINUED = 'Stop hook feedback:';
const BLOCKED = /^(?:UserPromptSubmit operation blocked|Operation stopped) by hook/;

/** What the user did beside the conversation: commands of the client, and of a shell. */
const ASIDE = /^<(?:command-|local-command-|bash-)/;

/** So much of the end holds the last line of a conversation, unless a result is huge. */
const TAIL_BYTES = 128 << 10;

/** The client may write lines in another order than they came in; never so many. */
const MAX_LINES = 20;

const TEXT_LIMIT = 200;

/** Returns how the main conversation in a transcript ends at the moment. Never throws. */
export function readConversationEnd(path: string): ConversationEnd {
  let end: ConversationEnd = { kind: 'other', at: 0, commandAt: 0 };
  let count = 0;
  for (const text of lastLines(path)) {
    if (isRequestRecord(text) || !/"type":\s*"(?:user|assistant|system)"/.test(text)) continue;
    const line = parseJsonObject(text);
    const at = readLineTime(line);
    const part = line === undefined || at === undefined ? undefined : partOf(line);
    if (part === undefined || at === undefined) continue;
    end = withPart(end, part, at);
    count += 1;
    if (count === MAX_LINES) break;
  }
  return end;
}

function withPart(end: ConversationEnd, { kind, ...own }: Part, at: number): ConversationEnd {
  const { commandAt } = end;
  if (kind === 'command') return { ...end, commandAt: Math.max(commandAt, at) };
  return at > end.at ? { kind, at, commandAt, ...own } : end;
}

/** The last lines, the last one first; none when the file cannot be read. */
function lastLines(path: string): readonly string[] {
  try {
    return tailOf(path, TAIL_BYTES).split('\n').toReversed();
  } catch {
    return [];
  }
}

/** `undefined` for what is no part of the main conversation. */
function partOf(line: JsonObject): Part | undefined {
  if (line['isSidechain'] === true) return undefined;
  const content = objectField(line, 'message')['content'];
  switch (line['type']) {
    case 'system':
      return partOfSystem(line);
    case 'user':
      return partOfUser(content, line['isMeta'] === true);
    case 'assistant':
      return partOfAnswer(content);
    default:
      return undefined;
  }
}

function partOfSystem(line: JsonObject): Part | undefined {
  if (line['subtype'] === 'local_command') return { kind: 'command' };
  return BLOCKED.test(stringField(line, 'content') ?? '') ? { kind: 'blocked' } : undefined;
}

function partOfUser(content: unknown, isMeta: boolean): Part | undefined {
  const [first] = blocksOf(content);
  const text = stringField(first ?? {}, 'text') ?? '';
  if (isMeta && text.startsWith(COMMAND)) return { kind: 'command' };
  if (isMeta) return text.startsWith(CONTINUED) ? { kind: 'continued' } : undefined;
  if (text.startsWith(INTERRUPTED)) return { kind: 'interrupted' };
  if (BLOCKED.test(text)) return { kind: 'blocked' };
  if (ASIDE.test(text)) return undefined;
  return { kind: first?.['type'] === 'tool_result' ? 'answered' : 'other' };
}

function partOfAnswer(content: unknown): Part {
  for (const block of blocksOf(content)) {
    if (block['type'] !== 'tool_use') continue;
    if (block['name'] === 'ExitPlanMode') return { kind: 'plan' };
    if (block['name'] === 'AskUserQuestion')
      return { kind: 'question', text: questionOf(objectField(block, 'input')) };
  }
  return { kind: 'other' };
}

function questionOf({ questions }: JsonObject): string {
  const [first] = Array.isArray(questions) ? questions.filter(isJsonObject) : [];
  return redactHead(stringField(first ?? {}, 'question') ?? '', TEXT_LIMIT);
}

function blocksOf(content: unknown): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}
