import { toolFields } from '../../claude/hook-input.ts';
import { toolTarget } from '../../claude/tool-target.ts';
import { quoted } from '../../core/quote.ts';
import { systemClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import type { Speech } from '../../hook/output.ts';
import { createNew } from '../../hook/throttle.ts';
import { provenShapes } from './command-shape.ts';
import { hasSucceededSince } from './has-succeeded-since.ts';
import { type Prevention, preventionOf, projectOf } from './prevention.ts';
import { fixName, warningText } from './warning.ts';

/** How much of the command that was written is repeated to Claude. */
const COMMAND_LIMIT = 140;

/**
 * PreToolUse: says before a call what is known to go wrong with it. A warning is given once per pattern and conversation, and not when the
 * command has succeeded meanwhile; what the user has set (ask, deny, auto-fix) happens each time.
 */
export function answerFailure(call: HookCall): Speech | undefined {
  return warningOf(call)?.speech;
}

/** What is said before a call, and why. */
interface Warning {
  readonly speech: Speech;
  readonly prevention: Prevention;
}

const said = new WeakMap<HookCall, { readonly warning: Warning | undefined }>();

/** What is said before this call, if anything. Saying it leaves a mark, so it is decided once for each call. */
export function warningOf(call: HookCall): Warning | undefined {
  const known = said.get(call) ?? { warning: decide(call) };
  said.set(call, known);
  return known.warning;
}

function decide(call: HookCall): Warning | undefined {
  const prevention = preventionOf(call);
  if (prevention === undefined) return undefined;
  const speech = speechFor(call, prevention);
  return speech === undefined ? undefined : { speech, prevention };
}

function speechFor(call: HookCall, prevention: Prevention): Speech | undefined {
  const text = warningText(prevention.pattern, systemClock());
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
          reason: `${text}\nThe user has set that it is not to be tried again.`,
        },
      };
  }
}

/** The store learns of a success a moment later than it happens. */
function hasSucceeded(call: HookCall, { pattern, shape }: Prevention): boolean {
  const project = projectOf(call);
  const isSame = (tool: string, target: string): boolean =>
    provenShapes(tool, target, project).some(({ exact }) => exact === shape.exact);
  const [word = ''] = shape.needle.split(' ');
  return hasSucceededSince(call.input.transcriptPath, pattern.lastAt, word, isSame);
}

/** An agent reads nothing of what was said to another: each conversation has a mark of its own. */
function isFirst({ session, input }: HookCall, { pattern }: Prevention): boolean {
  makePrivateFolder(session.path);
  return createNew(
    `${session.path}/said-${pattern.id}${input.agentId === undefined ? '' : `-${input.agentId}`}`,
  );
}

/** Without this Claude would take what it reads for the output of the command that it wrote. */
function replacedText({ input }: HookCall, pattern: string, updatedInput: JsonObject): string {
  const { tool, input: own } = toolFields(input);
  const written = quoted(toolTarget(tool, own), COMMAND_LIMIT);
  const fixed = fixName(toolTarget(tool, updatedInput), pattern);
  return fixed.startsWith('`')
    ? `waymark: ${fixed} ran in place of ${written}, as the user has set for this failure. Use ${fixed} from now on.`
    : `waymark: what worked before (${fixed}) ran in place of ${written}, as the user has set for this failure.`;
}
