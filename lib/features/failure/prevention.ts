import { type ToolFields, readToolFields } from '../../claude/hook-input.ts';
import { describeToolTarget } from '../../claude/tool-target.ts';
import { systemClock } from '../../core/clock.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { type CommandPart, type CommandShape, parseCommandParts } from './command-shape.ts';
import { type ActionDecision, decideAction } from './decide-action.ts';
import type { KnownPattern } from './known-pattern.ts';
import { readFailureView } from './read-failure-view.ts';

/** The known failure of a coming call, and what to do about it. */
export type Prevention = { readonly pattern: KnownPattern; readonly shape: CommandShape } & (
  | { readonly verdict: 'warn' | 'ask' | 'deny' }
  /** `updatedInput` is the whole input of the call, with nothing but the command replaced. */
  | { readonly verdict: 'replace'; readonly updatedInput: JsonObject }
);

/**
 * Of the decisions for the parts of one call, the strictest counts, and of equal ones the first.
 */
const STRICTNESS = ['warn', 'replace', 'ask', 'deny'] as const;

const decided = new WeakMap<HookCall, { readonly prevention: Prevention | undefined }>();

/**
 * Decides what to do about the coming call; `undefined` if no failure is known. Decided once for
 * each call, so that all callers get the same result.
 */
export function decidePrevention(call: HookCall): Prevention | undefined {
  const known = decided.get(call) ?? { prevention: decide(call) };
  decided.set(call, known);
  return known.prevention;
}

function decide(call: HookCall): Prevention | undefined {
  const fields = readToolFields(call.input);
  const project = readProject(call);
  const { whole, parts } = parseCommandParts(
    fields.tool,
    describeToolTarget(fields.tool, fields.input),
    project,
  );
  const asked = [whole, ...parts].flatMap((part) => [
    part,
    ...part.open.map((shape) => ({ ...part, shape })),
  ]);
  const found = asked.flatMap((part) => {
    const view = readFailureView(call.folder.views, part.shape.key);
    if (view === undefined) return [];
    const repository = call.git()?.repository;
    const place = {
      project,
      ...(repository === undefined ? {} : { repository }),
      now: systemClock(),
    };
    const judged = decideAction(view, part.shape, place);
    return judged === undefined ? [] : [preventionBy(judged, part, fields)];
  });
  return found.sort(
    (one, other) => STRICTNESS.indexOf(other.verdict) - STRICTNESS.indexOf(one.verdict),
  )[0];
}

/** Returns the project of a call, as the store knows it. */
export function readProject(call: HookCall): string {
  return stringField(call.identity(), 'project') ?? '';
}

/** If a fix cannot replace the whole command, Claude only gets a warning. */
function preventionBy(
  { pattern, verdict }: ActionDecision,
  { shape, source }: CommandPart,
  fields: ToolFields,
): Prevention {
  if (verdict !== 'replace') return { pattern, shape, verdict };
  const isSame = pattern.failed.some((failure) => failure.exact === shape.exact);
  const updatedInput = isSame ? fixedInput(pattern.fix, source, fields) : undefined;
  return updatedInput === undefined
    ? { pattern, shape, verdict: 'warn' }
    : { pattern, shape, verdict, updatedInput };
}

/**
 * Returns the input with the fix, if the command is written exactly as when it failed, once.
 * Otherwise, redacted or cut parts would be lost.
 */
function fixedInput(
  fix: KnownPattern['fix'],
  source: string,
  { tool, input }: ToolFields,
): JsonObject | undefined {
  if (tool !== 'Bash' || fix === null || !fix.isWhole || fix.isEdit) return undefined;
  const command = describeToolTarget(tool, input);
  const [before, after, ...more] = command.split(source);
  if (
    command !== input['command'] ||
    before === undefined ||
    after === undefined ||
    more.length > 0
  )
    return undefined;
  return { ...input, command: `${before}${fix.text}${after}` };
}
