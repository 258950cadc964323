import { isAnswerStatus, isDifference, isNetworkStatus } from './answering.ts';
import { type CommandShape, commandParts } from './command-shape.ts';
import {
  CODE_REACHED,
  ENVIRONMENT,
  INVOCATION,
  STRONG_ENVIRONMENT,
  STRONG_INVOCATION,
  TRANSIENT,
} from './error-signs.ts';
import { INFORMING, RUNS_CODE, TELLS_ABOUT_CODE } from './program-kinds.ts';

/**
 * What an error is about: `invocation`: the call itself (program, option, script name, path); `environment`: what is around it (permission, folder,
 * a missing tool or module); `result`: a test runner, linter or compiler tells about the code; `transient`: network, lock, timeout, full disk;
 * `information`: the exit status is the answer (grep, test, diff); `other`: none of these for certain.
 */
export type ErrorKind =
  | 'invocation'
  | 'environment'
  | 'result'
  | 'transient'
  | 'information'
  | 'other';

interface Printed {
  /** Without colours and exit status. */
  readonly body: string;
  readonly status: number | undefined;
}

/** Of what kind a failure is. What the tool is decides how far its words are trusted: a test's output may quote any error. */
export function errorKind(shape: CommandShape, command: string, printed: Printed): ErrorKind {
  const { body, status } = printed;
  if (isInformation(shape, command, printed)) return 'information';
  if (status === 143 || status === 137 || status === 130 || status === 124) return 'transient';
  if (status !== undefined && isNetworkStatus(shape.text, status) && body === '')
    return 'transient';
  if (TELLS_ABOUT_CODE().test(shape.text)) return strongKind(body, status) ?? 'result';
  if (RUNS_CODE().test(shape.text))
    return strongKind(body, status) ?? ownKind(shape, body) ?? 'result';
  if (status === 126) return 'environment';
  if (TRANSIENT().test(body)) return 'transient';
  if (ENVIRONMENT().test(body)) return 'environment';
  return INVOCATION().test(body) || status === 127 ? 'invocation' : 'other';
}

/** What is said before a tool does its work. */
function strongKind(body: string, status: number | undefined): ErrorKind | undefined {
  if (CODE_REACHED().test(body)) return undefined;
  if (STRONG_ENVIRONMENT().test(body) || status === 126) return 'environment';
  return STRONG_INVOCATION().test(body) || status === 127 ? 'invocation' : undefined;
}

/** A program that runs code fails for a reason of its own when the first words say so, and nothing of the code was reached. */
function ownKind({ text }: CommandShape, body: string): ErrorKind | undefined {
  if (
    /^git commit/.test(text) &&
    /nothing (?:added )?to commit|no changes added|nichts zu committen|rien à valider|无文件要提交/i.test(
      body,
    )
  )
    return 'information';
  if (TRANSIENT().test(body)) return 'transient';
  if (CHANGES_WITH_THE_CODE.test(body)) return 'result';
  if (ENVIRONMENT().test(body)) return 'environment';
  const [head = ''] = body.split('\n');
  const isGit = text.startsWith('git ');
  if (INVOCATION().test(isGit || /^(?:docker|npx|npm|make)\b/.test(text) ? body : head))
    return 'invocation';
  return isGit ? 'other' : undefined;
}

/** A module of the project, a merge, a check before a commit: the next edit changes it. */
const CHANGES_WITH_THE_CODE =
  /cannot find module '\.{1,2}\/|^CONFLICT |^AssertionError|\bpre-commit\b|husky|\[rejected\]|non-fast-forward|would be overwritten|make: \*\*\* \[/im;

function isInformation(shape: CommandShape, command: string, { body, status }: Printed): boolean {
  if (status === undefined) return false;
  const [source] = [commandParts('Bash', command)].flatMap(({ parts, whole }) =>
    [...parts, whole].filter((part) => part.shape.key === shape.key),
  );
  const words = source === undefined ? '' : source.words.join(' ');
  if (isAnswerStatus(words, status) || isAnswerStatus(shape.text, status)) return true;
  if (status <= 2 && isDifference(body)) return true;
  if (status > 2) return false;
  if (INFORMING().test(shape.text)) return isAnswer(shape, body, status);
  const { programs, parts } = commandParts('Bash', command);
  const last = programs.at(-1) ?? '';
  const isLast = parts.length !== 1 || parts[0]?.program !== last;
  if (isLast && status === 1 && INFORMING().test(last) && !body.includes(`${last}: `)) return true;
  return (
    body === '' &&
    status === 1 &&
    [...parts.map(({ shape: { text } }) => text), ...programs].some((text) =>
      INFORMING().test(text),
    )
  );
}

/** Not when the program complains of how it was called. */
function isAnswer({ text }: CommandShape, body: string, status: number): boolean {
  const [program = ''] = text.split(' ');
  const complains = new RegExp(
    `^(?:\\S*/)?${program.replace(/[^\w-]/g, '\\$&')}: |^(?:error|fatal|usage)\\b|syntax error|unrecognized|unknown option|invalid`,
    'im',
  );
  return (
    !complains.test(body) &&
    (status === 1 || /^(?:ls|find|diff|git|rg|grep|systemctl|npm)/.test(program))
  );
}
