import { readToolFields } from '../../claude/hook-input.ts';
import { describeToolTarget } from '../../claude/tool-target.ts';
import { quoted } from '../../core/quote.ts';
import { systemClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import type { HookOutput } from '../../hook/output.ts';
import { createExclusive } from '../../hook/throttle.ts';
import { findProvenShapes } from './command-shape.ts';
import { hasSucceededSince } from './has-succeeded-since.ts';
import { type Prevention, decidePrevention, readProject } from './prevention.ts';
import { formatFix, formatFailureWarning } from './warning.ts';

/** Longest part of the written command that is quoted to Claude. */
const COMMAND_LIMIT = 140;

/**
 * PreToolUse: warns Claude before a call that is known to fail. A warning is given once per pattern
 * and conversation, and not if the command has succeeded meanwhile. What the user has set (ask,
 * deny, auto-fix) happens each time.
 */
export function answerFailure(call: HookCall): HookOutput | undefined {
  return decideWarning(call)?.speech;
}

/** The message before a call, and its reason. */
interface Warning {
  readonly speech: HookOutput;
  readonly prevention: Prevention;
}

const said = new WeakMap<HookCall, { readonly warning: Warning | undefined }>();

/**
 * Returns the warning for this call, if any. Giving it leaves a mark, so it is decided once for
 * each call.
 */
export function decideWarning(call: HookCall): Warning | undefined {
  const known = said.get(call) ?? { warning: decide(call) };
  said.set(call, known);
  return known.warning;
}

function decide(call: HookCall): Warning | undefined {
  const prevention = decidePrevention(call);
  if (prevention === undefined) return undefined;
  const speech = createAnswer(call, prevention);
  return speech === undefined ? undefined : { speech, prevention };
}

function createAnswer(call: HookCall, prevention: Prevention): HookOutput | undefined {
  const text = formatFailureWarning(prevention.pattern, {
    now: systemClock(),
    command: call.command,
  });
  switch (prevention.verdict) {
    case 'warn':
      return hasSucceeded(call, prevention) || !isFirst(call, prevention)
        ? undefined
        : { context: text };
    case 'replace':
      return {
        context: `${replacedText(call, prevention.pattern.id, prevention.updatedInput)}\n${text}`,
        updatedInput: prevention.updatedInput,
      };
    case 'ask':
      return { permission: { decision: 'ask', reason: text } };
    case 'deny':
      return {
        permission: {
          decision: 'deny',
          reason: `${text}\nThe user has set that it must not be tried again.`,
        },
      };
  }
}

/** Checks the transcript too, because the store learns about a success a moment later. */
function hasSucceeded(call: HookCall, { pattern, shape }: Prevention): boolean {
  const project = readProject(call);
  const isSame = (tool: string, target: string): boolean =>
    findProvenShapes(tool, target, project).some(({ exact }) => exact === shape.exact);
  const [word = ''] = shape.needle.split(' ');
  return hasSucceededSince(call.input.transcriptPath, pattern.lastAt, word, isSame);
}

/**
 * Each conversation has its own mark, because an agent does not see messages to other
 * conversations.
 */
function isFirst({ session, input }: HookCall, { pattern }: Prevention): boolean {
  makePrivateFolder(session.path);
  return createExclusive(
    `${session.path}/said-${pattern.id}${input.agentId === undefined ? '' : `-${input.agentId}`}`,
  );
}

/**
 * Tells Claude that its command was replaced. Otherwise Claude would think that the output comes
 * from its own command.
 */
function replacedText(
  { input, command }: HookCall,
  pattern: string,
  updatedInput: JsonObject,
): string {
  const { tool, input: own } = readToolFields(input);
  const written = quoted(describeToolTarget(tool, own), COMMAND_LIMIT);
  const fixed = formatFix(describeToolTarget(tool, updatedInput), pattern, command);
  return fixed.startsWith('`')
    ? `waymark: ${fixed} ran in place of ${written}, as the user has set for this failure. Use ${fixed} from now on.`
    : `waymark: what worked before (${fixed}) ran in place of ${written}, as the user has set for this failure.`;
}
