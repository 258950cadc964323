import { writeSync } from 'node:fs';
import type { JsonObject } from '../core/json.ts';
import { harmlessAnswer } from '../core/quote.ts';

/** What a hook has to say. All of it is optional; what several parts say is joined by {@link joinSpeech}. */
export interface Speech {
  /** For Claude: at most 10,000 characters reach the model as they are. */
  readonly context?: string;
  /** For the person at the terminal; the model never sees it. */
  readonly message?: string;
  /** PreToolUse alone: whether the call may go on, and why not. */
  readonly permission?: { readonly decision: 'allow' | 'ask' | 'deny'; readonly reason: string };
  /** PreToolUse alone: what the tool gets in place of its input. */
  readonly updatedInput?: JsonObject;
}

/** Of several decisions the strictest counts. */
const STRICTNESS = ['allow', 'ask', 'deny'] as const;

/** What several parts say, as one. Texts are set one below the other. */
export function joinSpeech(parts: readonly Speech[]): Speech {
  const context = joinTexts(parts.map((part) => part.context));
  const message = joinTexts(parts.map((part) => part.message));
  const permissions = parts.flatMap(({ permission }) => permission ?? []);
  const permission = permissions.sort(
    (a, b) => STRICTNESS.indexOf(b.decision) - STRICTNESS.indexOf(a.decision),
  )[0];
  const updatedInput = parts.find((part) => part.updatedInput !== undefined)?.updatedInput;
  return {
    ...(context === undefined ? {} : { context }),
    ...(message === undefined ? {} : { message }),
    ...(permission === undefined ? {} : { permission }),
    ...(updatedInput === undefined ? {} : { updatedInput }),
  };
}

/** Prints the one JSON object of this hook, or nothing when there is nothing to say. The only place in a hook that writes to standard output. */
export function printOutput(event: string, speech: Speech): void {
  const output = outputOf(event, speech);
  if (Object.keys(output).length === 0) return;
  try {
    writeSync(1, `${JSON.stringify(output)}\n`);
  } catch {
    // the reader has closed its end
  }
}

/** Most of one text; far more than any part says. */
const TEXT_LIMIT = 8_000;

/**
 * In the client's own words; a key too many and it would refuse the whole. What came from outside was quoted where the text was put together; here
 * nothing passes that could end the answer or hide in it, whatever view it was read from. `updatedInput` is run, so it stays as it is.
 */
function outputOf(
  event: string,
  { context, message, permission, updatedInput }: Speech,
): JsonObject {
  const forClaude = {
    ...(context === undefined ? {} : { additionalContext: harmlessAnswer(context, TEXT_LIMIT) }),
    ...(permission === undefined
      ? {}
      : {
          permissionDecision: permission.decision,
          permissionDecisionReason: harmlessAnswer(permission.reason, TEXT_LIMIT),
        }),
    ...(updatedInput === undefined ? {} : { updatedInput }),
  };
  return {
    ...(message === undefined ? {} : { systemMessage: harmlessAnswer(message, TEXT_LIMIT) }),
    ...(Object.keys(forClaude).length === 0
      ? {}
      : { hookSpecificOutput: { hookEventName: event, ...forClaude } }),
  };
}

function joinTexts(texts: ReadonlyArray<string | undefined>): string | undefined {
  const said = texts.filter((text) => text !== undefined && text !== '');
  return said.length === 0 ? undefined : said.join('\n');
}
