import { writeSync } from 'node:fs';
import type { JsonObject } from '../core/json.ts';
import { sanitizeAnswer } from '../core/quote.ts';

/**
 * What a hook has to say. All fields are optional; {@link mergeOutputs} joins the output of several
 * parts.
 */
export interface HookOutput {
  /** Text for Claude. At most 10,000 characters reach the model unchanged. */
  readonly context?: string;
  /** Text for the user at the terminal; the model never sees it. */
  readonly message?: string;
  /** PreToolUse only: whether the call may run, and why not. */
  readonly permission?: { readonly decision: 'allow' | 'ask' | 'deny'; readonly reason: string };
  /** UserPromptSubmit only: why the prompt is not sent. The user reads it; Claude does not. */
  readonly block?: string;
  /** PreToolUse only: replaces the input of the tool. */
  readonly updatedInput?: JsonObject;
}

/** If there are several decisions, the strictest counts. */
const STRICTNESS = ['allow', 'ask', 'deny'] as const;

/** Joins the output of several parts. Puts texts below each other. */
export function mergeOutputs(parts: readonly HookOutput[]): HookOutput {
  const context = joinTexts(parts.map((part) => part.context));
  const message = joinTexts(parts.map((part) => part.message));
  const permissions = parts.flatMap(({ permission }) => permission ?? []);
  const permission = permissions.sort(
    (a, b) => STRICTNESS.indexOf(b.decision) - STRICTNESS.indexOf(a.decision),
  )[0];
  const block = joinTexts(parts.map((part) => part.block));
  const updatedInput = parts.find((part) => part.updatedInput !== undefined)?.updatedInput;
  return {
    ...(context === undefined ? {} : { context }),
    ...(message === undefined ? {} : { message }),
    ...(permission === undefined ? {} : { permission }),
    ...(block === undefined ? {} : { block }),
    ...(updatedInput === undefined ? {} : { updatedInput }),
  };
}

/**
 * Prints the one JSON object of this hook, or nothing if there is nothing to say. The only place in
 * a hook that writes to standard output.
 */
export function printOutput(event: string, hookOutput: HookOutput): void {
  const output = outputOf(event, hookOutput);
  if (Object.keys(output).length === 0) return;
  try {
    writeSync(1, `${JSON.stringify(output)}\n`);
  } catch {
    // The reader closed its end.
  }
}

/** Most units of one text; far more than any part uses. */
const TEXT_LIMIT = 8_000;

/**
 * Builds the client's output format. An unknown key would make it reject the whole object. Foreign
 * text was quoted where the text was built; this removes anything that could end the answer or hide
 * in it, whatever view it came from. `updatedInput` is executed, so it stays unchanged.
 */
function outputOf(
  event: string,
  { context, message, permission, block, updatedInput }: HookOutput,
): JsonObject {
  const forClaude = {
    ...(context === undefined ? {} : { additionalContext: sanitizeAnswer(context, TEXT_LIMIT) }),
    ...(permission === undefined
      ? {}
      : {
          permissionDecision: permission.decision,
          permissionDecisionReason: sanitizeAnswer(permission.reason, TEXT_LIMIT),
        }),
    ...(updatedInput === undefined ? {} : { updatedInput }),
  };
  return {
    ...(message === undefined ? {} : { systemMessage: sanitizeAnswer(message, TEXT_LIMIT) }),
    ...(block === undefined
      ? {}
      : { decision: 'block', reason: sanitizeAnswer(block, TEXT_LIMIT) }),
    ...(Object.keys(forClaude).length === 0
      ? {}
      : { hookSpecificOutput: { hookEventName: event, ...forClaude } }),
  };
}

function joinTexts(texts: ReadonlyArray<string | undefined>): string | undefined {
  const present = texts.filter((text) => text !== undefined && text !== '');
  return present.length === 0 ? undefined : present.join('\n');
}
