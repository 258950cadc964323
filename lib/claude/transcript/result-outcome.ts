import { isJsonObject, type JsonObject, objectField, stringField } from '../../core/json.ts';

/**
 * How a transcript says that a call ended: `ok`, `failed` (it ran), `rejected` (Claude Code refused
 * or stopped it, and no Post hook fired), or `unclear`: an error without any mark, where only the
 * failure hook knows whether the call ran.
 */
export type TranscriptOutcome = 'ok' | 'failed' | 'rejected' | 'unclear';

/**
 * How the texts begin that replace a result when the call never ran. Tried with clients 2.1.197 and
 * 2.1.330.
 */
const REFUSALS: readonly RegExp[] = [
  /^<tool_use_error>/,
  /^The user doesn't want to (?:proceed|take this action)/,
  /^Permission to use \S+ .{0,4000}has been denied/s,
  /^This command requires approval/,
  /^Claude requested permissions? to /,
  /^PreToolUse:\S+ hook (?:error|denied|blocking error)/,
  /^\[Request interrupted by user/,
];

/** Bash opens the error of every command that ran with its exit status. */
const RAN = /^Exit code \d/;
const INTERRUPTED = '[Request interrupted by user';

/**
 * Reads one `tool_result` block; `line` is the transcript line around it, which newer clients mark
 * with the permission decision.
 */
export function classifyResult(
  block: JsonObject,
  line: JsonObject,
  text: string,
): TranscriptOutcome {
  if (block['is_error'] !== true) return 'ok';
  if (REFUSALS.some((refusal) => refusal.test(text)) || text.includes(INTERRUPTED))
    return 'rejected';
  if (stringField(line, 'toolDenialKind') !== undefined) return 'rejected';
  const decision = stringField(objectField(line, 'permissionDecision'), 'decision');
  if (decision === 'reject') return 'rejected';
  return decision === 'accept' || RAN.test(text) ? 'failed' : 'unclear';
}

/** The text of a `tool_result` block, whose content is a string or a list of blocks. */
export function readResultText(block: JsonObject): string {
  const content = block['content'];
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .flatMap((part: unknown) => (isJsonObject(part) ? (stringField(part, 'text') ?? []) : []))
    .join('\n');
}
