import { describeToolTarget } from '../claude/tool-target.ts';
import { type JsonObject, objectField, stringField } from '../core/json.ts';

/** What an event is about, in a few words. */
export function summarizeEvent(payload: JsonObject): string {
  const call = objectField(payload, 'call');
  const tool = stringField(call, 'tool');
  const made = tool === undefined ? undefined : `${tool} ${stringField(call, 'target') ?? ''}`;
  const names =
    stringField(payload, 'kind') === 'agent'
      ? ['agent_type']
      : ['kind', 'reason', 'agent_type_chosen', 'agent_type', 'subject', 'prompt', 'message'];
  const first = names.flatMap((name) => stringField(payload, name) ?? []);
  const error = stringField(call, 'error') ?? stringField(objectField(payload, 'turn'), 'error');
  return [
    ...first.slice(0, 1),
    ...(made === undefined ? [] : [made]),
    ...(error === undefined ? [] : [error]),
  ].join(' · ');
}

/**
 * The call that a hook's input is about, as tool and target; `undefined` for an input of another
 * kind.
 */
export function summarizeCall(input: JsonObject): string | undefined {
  const tool = stringField(input, 'tool_name');
  return tool === undefined
    ? undefined
    : `${tool} ${describeToolTarget(tool, objectField(input, 'tool_input'))}`;
}
