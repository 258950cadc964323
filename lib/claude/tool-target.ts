import { type JsonObject, stringField } from '../core/json.ts';
import { headOf } from '../core/text.ts';
import { redactTokens } from '../secrets/redact.ts';

/** Longest target that is kept, in UTF-16 units. */
export const TARGET_LIMIT = 500;

/**
 * What a tool call is about, slim and redacted: the file of an edit, the command line of Bash, the
 * description of an agent call. Never file contents. Empty when the input names nothing.
 */
export function describeToolTarget(tool: string, input: JsonObject): string {
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
  return redactHead(found ?? '', TARGET_LIMIT);
}

/**
 * The first `limit` units of `text` without the secrets in it: what follows them moves up, and a
 * piece of a secret at the end of what was looked at is left out.
 */
export function redactHead(text: string, limit: number): string {
  const looked = text.slice(0, 4 * limit);
  const clean = redactTokens(looked);
  if (looked === text || clean.length > limit) return headOf(clean, limit);
  // up to a space, or to the end of `[redacted]`
  return `${clean.slice(0, limit - 1).replace(/[^\s\]]*$/, '')}…`;
}

function agentTarget(input: JsonObject): string | undefined {
  const type = stringField(input, 'subagent_type');
  const description = stringField(input, 'description');
  return type === undefined ? description : `${type}: ${description ?? ''}`;
}
