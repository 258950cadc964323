import { type JsonObject, stringField } from '../core/json.ts';
import { redactTokens } from '../core/redact.ts';

/** Longest target that is kept, in UTF-16 units. */
export const TARGET_LIMIT = 500;

/**
 * What a tool call is about, slim and redacted: the file of an edit, the command line of Bash, the description of an agent call.
 * Never file contents. Empty when the input names nothing.
 */
export function toolTarget(tool: string, input: JsonObject): string {
  const found =
    tool === 'Bash'
      ? stringField(input, 'command')
      : tool === 'Agent' || tool === 'Task'
        ? agentTarget(input)
        : (stringField(input, 'file_path') ??
          stringField(input, 'notebook_path') ??
          stringField(input, 'path') ??
          stringField(input, 'url') ??
          stringField(input, 'pattern'));
  return headOf(redactTokens((found ?? '').slice(0, 4 * TARGET_LIMIT)), TARGET_LIMIT);
}

/** The first `limit` units of `text`; a cut is marked with `…` and never splits a character. */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit - 1);
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`;
}

function agentTarget(input: JsonObject): string | undefined {
  const type = stringField(input, 'subagent_type');
  const description = stringField(input, 'description');
  return type === undefined ? description : `${type}: ${description ?? ''}`;
}
