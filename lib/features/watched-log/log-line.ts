import { isSafeId } from '../../claude/hook-input.ts';
import { redactHead, TARGET_LIMIT } from '../../claude/tool-target.ts';
import { type JsonObject, parseJsonObject, stringField } from '../../core/json.ts';

/** Content of a log: failures of commands, or policy violations. */
export type LogKind = 'failures' | 'policy';

/** The event in one line: type, time (missing if the line has none) and payload. */
export interface LoggedEvent {
  readonly type: 'task.failed' | 'security.policy_violation';
  readonly at?: number;
  readonly payload: JsonObject;
}

/** Levels of structured logs that are not failures, as words and as pino's numbers. */
const HARMLESS = /^(?:trace|debug|verbose|info|information|notice|warn|warning)$/i;
const ERROR_NUMBER = 50;

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/**
 * Parses one line of a watched log: a JSON object (`tool`, `command`, `error` or `message`,
 * `session_id`, `project`, `time`), or plain text, which is the error itself. `undefined` for an
 * empty line, and for a JSON line whose `level` is below error. Texts are redacted and cut. Never
 * throws.
 */
export function readLogLine(line: string, kind: LogKind, file: string): LoggedEvent | undefined {
  const text = line.replace(ANSI, '').trim();
  if (text === '') return undefined;
  const fields = text.startsWith('{') ? parseJsonObject(text) : undefined;
  if (fields !== undefined && isHarmless(fields['level'])) return undefined;
  const said = fields === undefined ? text : (errorIn(fields) ?? 'no reason given');
  const time = fields === undefined ? undefined : timeIn(fields);
  return {
    type: kind === 'failures' ? 'task.failed' : 'security.policy_violation',
    ...(time === undefined ? {} : { at: time }),
    payload: {
      ...placeIn(fields ?? {}),
      ...(kind === 'failures' ? failure(fields ?? {}, said) : violation(fields ?? {}, said)),
      log: file,
    },
  };
}

function failure(fields: JsonObject, error: string): JsonObject {
  const command = stringField(fields, 'command');
  const tool = stringField(fields, 'tool') ?? (command === undefined ? 'log' : 'Bash');
  return {
    call: {
      tool: head(tool),
      target: command === undefined ? '' : head(command),
      outcome: 'failed',
      error: head(error),
    },
  };
}

function violation(fields: JsonObject, message: string): JsonObject {
  const text = (name: string): JsonObject => {
    const found = stringField(fields, name);
    return found === undefined ? {} : { [name]: head(found) };
  };
  return { message: head(message), ...text('rule'), ...text('tool'), ...text('command') };
}

function placeIn(fields: JsonObject): JsonObject {
  const session = stringField(fields, 'session_id');
  const project = stringField(fields, 'project') ?? stringField(fields, 'cwd');
  return {
    ...(session === undefined || !isSafeId(session) ? {} : { session_id: session }),
    ...(project === undefined ? {} : { project: head(project) }),
  };
}

function errorIn(fields: JsonObject): string | undefined {
  const own = ['error', 'message', 'msg'].flatMap((name) => stringField(fields, name) ?? [])[0];
  const nested = fields['error'];
  return (
    own ?? (typeof nested === 'object' && nested !== null ? JSON.stringify(nested) : undefined)
  );
}

function timeIn(fields: JsonObject): number | undefined {
  const found = ['time', 'timestamp', 'at']
    .map((name) => fields[name])
    .find((value) => typeof value === 'string');
  const at = typeof found === 'string' ? Date.parse(found) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

function isHarmless(level: unknown): boolean {
  return typeof level === 'number'
    ? level < ERROR_NUMBER
    : typeof level === 'string' && HARMLESS.test(level);
}

function head(text: string): string {
  return redactHead(text, TARGET_LIMIT);
}
