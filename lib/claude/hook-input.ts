import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJson,
  stringField,
} from '../core/json.ts';
import { canonicalToolName } from './operation-tools.ts';

/**
 * What every hook payload has; the fields of one event are read from `fields` by those who know
 * them.
 */
export interface HookInput {
  readonly sessionId: string;
  readonly event: string;
  readonly cwd: string;
  readonly transcriptPath: string | undefined;
  readonly promptId: string | undefined;
  readonly agentId: string | undefined;
  readonly agentType: string | undefined;
  readonly fields: JsonObject;
}

/** A tool event's own fields. */
export interface ToolFields {
  /** `Agent` whatever the client calls it. */
  readonly tool: string;
  readonly toolUseId: string | undefined;
  readonly input: JsonObject;
}

const ID_SIGNS = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;
const MAX_ID_LENGTH = 128;

/**
 * Reads a payload. @returns the input, or the reason why it is none: one clause, without the
 * payload's content.
 * @param parsed What `text` says, if the caller has parsed it already.
 */
export function readHookInput(
  text: string,
  parsed: unknown = parseJson(text),
): HookInput | { readonly problem: string } {
  if (parsed === undefined)
    return {
      problem:
        text.trim() === '' ? 'standard input was empty' : 'standard input is not JSON, or was cut',
    };
  if (!isJsonObject(parsed)) return { problem: 'standard input is not a JSON object' };
  const sessionId = stringField(parsed, 'session_id');
  if (sessionId === undefined) return { problem: 'session_id is missing' };
  if (!isSafeId(sessionId))
    return {
      problem: `session_id is not an id of Claude Code (${sessionId.length} characters)`,
    };
  const event = stringField(parsed, 'hook_event_name');
  if (event === undefined) return { problem: 'hook_event_name is missing' };
  return {
    sessionId,
    event,
    cwd: stringField(parsed, 'cwd') ?? '',
    transcriptPath: stringField(parsed, 'transcript_path'),
    promptId: safeId(parsed, 'prompt_id'),
    agentId: safeId(parsed, 'agent_id'),
    agentType: stringField(parsed, 'agent_type'),
    fields: parsed,
  };
}

/** The tool part of PreToolUse, PostToolUse and PostToolUseFailure. */
export function readToolFields(input: HookInput): ToolFields {
  const tool = stringField(input.fields, 'tool_name') ?? 'unknown';
  return {
    tool: canonicalToolName(tool),
    toolUseId: stringField(input.fields, 'tool_use_id'),
    input: objectField(input.fields, 'tool_input'),
  };
}

function safeId(fields: JsonObject, name: string): string | undefined {
  const id = stringField(fields, name);
  return id !== undefined && isSafeId(id) ? id : undefined;
}

/**
 * Whether an id may be one of a session. Ids become file names: nothing but letters, digits, `_`,
 * `-` and `.`, and no leading dot.
 */
export function isSafeId(id: string): boolean {
  return id.length <= MAX_ID_LENGTH && ID_SIGNS.test(id);
}

/** What Claude Code waits for when it notifies the user: an approval, or any other answer. */
export type AwaitedAnswer = 'permission' | 'input';

/** Types of notifications by the answer that the client waits for. */
const AWAITED: Readonly<Record<string, AwaitedAnswer>> = {
  permission_prompt: 'permission',
  worker_permission_prompt: 'permission',
  idle_prompt: 'input',
  elicitation_dialog: 'input',
  agent_needs_input: 'input',
};

/** Older clients send no type. Their messages are fixed English sentences. */
const BY_MESSAGE: ReadonlyArray<readonly [RegExp, AwaitedAnswer]> = [
  [/\bneeds? your (?:permission|approval)\b/i, 'permission'],
  [/\bwaiting for your input\b/i, 'input'],
];

/**
 * Returns what the client waits for, or `undefined` when the notification is no question, such as
 * `auth_success`. A type that is not known counts as no question.
 */
export function awaitedAnswer(
  type: string | undefined,
  message: string,
): AwaitedAnswer | undefined {
  if (type !== undefined) return Object.hasOwn(AWAITED, type) ? AWAITED[type] : undefined;
  return BY_MESSAGE.find(([shape]) => shape.test(message))?.[1];
}
