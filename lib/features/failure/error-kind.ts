import { isAnswerStatus, isDifference, isNetworkStatus } from './answering.ts';
import { type CommandShape, commandParts } from './command-shape.ts';
import { tellingLine } from './telling-line.ts';
import {
  ENVIRONMENT,
  HOW_STARTED,
  hasReachedCode,
  INVOCATION,
  STRONG_ENVIRONMENT,
  STRONG_INVOCATION,
  TRANSIENT,
} from './error-signs.ts';
import { CHECKS, INFORMING, RUNS_CODE, TELLS_ABOUT_CODE } from './program-kinds.ts';
import {
  blamesContent,
  isUsageError,
  missesAWord,
  namesOneOf,
  suggestsAnotherWord,
  withoutUsage,
} from './usage-signs.ts';

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
  const words = wordsOf(shape, command);
  if (TELLS_ABOUT_CODE().test(shape.text))
    return strongKind(words, printed) ?? unclearKind(words, body);
  if (RUNS_CODE().test(shape.text))
    return strongKind(words, printed) ?? ownKind(shape, body) ?? unclearKind(words, body);
  if (CHECKS().test(shape.text)) return strongKind(words, printed) ?? unclearKind(words, body);
  if (status === 126) return 'environment';
  if (status === 127) return 'invocation';
  if (HOW_STARTED().test(body)) return 'environment';
  if (TRANSIENT().test(body)) return isNameUnknown(words, body) ? 'other' : 'transient';
  if (ENVIRONMENT().test(body)) return 'environment';
  if (blamesContent(words, body)) return 'other';
  if (INVOCATION().test(body) || isUsageError(body) || HINTS_AT_OPTION.test(body))
    return 'invocation';
  return suggestsAnotherWord(words, body) || missesAWord(words, body) ? 'invocation' : 'other';
}

const HINTS_AT_OPTION =
  /\b(?:use|pass|try|add|with|using|need|requires?) (?:the )?(?:-\w |option |flag )?["'`]?-{1,2}[a-z][\w-]*/i;

/** What is said before a tool does its work. */
function strongKind(words: readonly string[], { body, status }: Printed): ErrorKind | undefined {
  if (status === 126) return 'environment';
  if (HOW_STARTED().test(body)) return 'environment';
  if (hasReachedCode(withoutUsage(body))) return undefined;
  if (STRONG_ENVIRONMENT().test(body)) return 'environment';
  if (STRONG_INVOCATION().test(body) || status === 127 || isUsageError(body)) return 'invocation';
  return suggestsAnotherWord(words, body) ? 'invocation' : undefined;
}

/** A package that the code needs is not where it was looked for: the code may be right, and another environment has it. */
const MISSING_PACKAGE =
  /\bModuleNotFoundError: No module named '[\w-]+'|cannot find (?:module|package) '[^.'/][^']*'/i;

/** Without the lines that say where in the code it was. */
const withoutPlaces = (body: string): string =>
  body
    .split('\n')
    .filter((line) => !/^\s*(?:File "|at |--> )/.test(line))
    .join('\n');

/** What a tool says of nothing that it was called with is about the code. What it says of a word of its call may be about either. */
function unclearKind(words: readonly string[], body: string): ErrorKind {
  if (MISSING_PACKAGE.test(body)) return 'other';
  if (hasReachedCode(body)) return 'result';
  const isAboutCall =
    namesOneOf(words, tellingLine(body) ?? '') || missesAWord(words, withoutPlaces(body));
  return isAboutCall ? 'other' : 'result';
}

/** A host that the call names is not found: the network is down, or the name is wrong. */
function isNameUnknown(words: readonly string[], body: string): boolean {
  return body
    .split('\n')
    .some(
      (line) =>
        /resolve host|name or service not known|nodename nor servname|no such host|endpoint URL/i.test(
          line,
        ) && namesOneOf(words, line),
    );
}

/** The words of the part of a call that has this shape, as written. */
function wordsOf(shape: CommandShape, command: string): readonly string[] {
  const { parts, whole } = commandParts('Bash', command);
  return [...parts, whole].find((part) => part.shape.key === shape.key)?.words ?? [];
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
  if (CHANGES_WITH_THE_CODE.test(body) || hasReachedCode(body)) return 'result';
  if (ENVIRONMENT().test(body)) return 'environment';
  if (/^Traceback \(most recent/m.test(body)) return 'result';
  const [head = ''] = body.split('\n');
  const isGit = text.startsWith('git ');
  if (INVOCATION().test(isGit || /^(?:docker|npx|npm|make)\b/.test(text) ? body : head))
    return 'invocation';
  return isGit ? 'other' : undefined;
}

/** A module of the project, a merge, a check before a commit: the next edit changes it. */
const CHANGES_WITH_THE_CODE =
  /cannot find module '\.{1,2}\/|^CONFLICT |^AssertionError|\bpre-commit\b|husky|\[rejected\]|non-fast-forward|would be overwritten|make: \*\*\* \[|did not complete successfully|returned a non-zero code/im;

function isInformation(shape: CommandShape, command: string, { body, status }: Printed): boolean {
  if (status === undefined) return false;
  const written = wordsOf(shape, command).join(' ');
  if (isAnswerStatus(written, status) || isAnswerStatus(shape.text, status)) return true;
  if (status <= 2 && isDifference(body)) return true;
  if (FAILS_BY_DESIGN.test(command)) return true;
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

/** The line itself turns a success into a failure: `! grep -q x a`, `grep x a && exit 1`. */
const FAILS_BY_DESIGN =
  /^\s*!\s|&&\s*\{?\s*(?:echo [^;&|]*(?:;|&&)\s*)?(?:(?:exit|return)\s+[1-9]\d*|false)[\s;)}]*$/;

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
