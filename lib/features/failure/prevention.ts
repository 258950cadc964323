import { type ToolFields, toolFields } from '../../claude/hook-input.ts';
import { toolTarget } from '../../claude/tool-target.ts';
import { systemClock } from '../../core/clock.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { type CommandPart, type CommandShape, commandParts } from './command-shape.ts';
import { type Judged, judge } from './judge.ts';
import type { KnownPattern } from './known-pattern.ts';
import { readFailureView } from './read-failure-view.ts';

/** What is known to go wrong with a coming call, and what is to be done about it. */
export type Prevention = { readonly pattern: KnownPattern; readonly shape: CommandShape } & (
  | { readonly verdict: 'warn' | 'ask' | 'deny' }
  /** `updatedInput` is the whole input of the call, with nothing but the command replaced. */
  | { readonly verdict: 'replace'; readonly updatedInput: JsonObject }
);

/** Of what is known about the parts of one call the strictest counts, and of equals the first. */
const STRICTNESS = ['warn', 'replace', 'ask', 'deny'] as const;

const decided = new WeakMap<HookCall, { readonly prevention: Prevention | undefined }>();

/** What is to be done about the coming call; `undefined` when nothing is known. Decided once for each call, so that all who ask hear the same. */
export function preventionOf(call: HookCall): Prevention | undefined {
  const known = decided.get(call) ?? { prevention: decide(call) };
  decided.set(call, known);
  return known.prevention;
}

function decide(call: HookCall): Prevention | undefined {
  const fields = toolFields(call.input);
  const project = projectOf(call);
  const { whole, parts } = commandParts(
    fields.tool,
    toolTarget(fields.tool, fields.input),
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
    const judged = judge(view, part.shape, place);
    return judged === undefined ? [] : [preventionBy(judged, part, fields)];
  });
  return found.sort(
    (one, other) => STRICTNESS.indexOf(other.verdict) - STRICTNESS.indexOf(one.verdict),
  )[0];
}

/** As the store knows it: what the call says of itself. */
export function projectOf(call: HookCall): string {
  return stringField(call.identity(), 'project') ?? '';
}

/** A fix that cannot replace the whole command is only mentioned. */
function preventionBy(
  { pattern, verdict }: Judged,
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

/** Only where the command is written as it was when it failed, once: what redaction or a cut took away would be lost in the fixed one. */
function fixedInput(
  fix: KnownPattern['fix'],
  source: string,
  { tool, input }: ToolFields,
): JsonObject | undefined {
  if (tool !== 'Bash' || fix === null || !fix.isWhole || fix.isEdit) return undefined;
  const command = toolTarget(tool, input);
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
