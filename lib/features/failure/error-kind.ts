import { isAnswerStatus, isDifference, isNetworkStatus } from './answer-statuses.ts';
import { type CommandShape, parseCommandParts } from './command-shape.ts';
import { findErrorLine } from './error-line.ts';
import {
  ENVIRONMENT,
  WRONG_START,
  hasReachedCode,
  INVOCATION,
  STRONG_ENVIRONMENT,
  STRONG_INVOCATION,
  TRANSIENT,
} from './error-signs.ts';
import { CHECKS, ANSWERS_BY_STATUS, RUNS_CODE, REPORTS_ON_CODE } from './program-kinds.ts';
import {
  blamesContent,
  splitAddress,
  isUsageError,
  namesMissingWord,
  namesOneOf,
  suggestsAnotherWord,
  removeUsageLines,
} from './usage-signs.ts';

/**
 * What an error is about. `invocation`: the call itself (program, option, script name, path);
 * `environment`: something around it (permission, folder, a missing tool or module); `result`: a
 * test runner, linter or compiler reports on the code; `transient`: network, lock, timeout, full
 * disk; `information`: the exit status is the answer (grep, test, diff); `other`: not certain.
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

/**
 * Classifies a failure. The kind of tool decides how far its words are trusted: the output of a
 * test may quote any error.
 */
export function classifyError(shape: CommandShape, command: string, printed: Printed): ErrorKind {
  const { body, status } = printed;
  if (isInformation(shape, command, printed)) return 'information';
  if (STOPPED.includes(status ?? 0)) return WRONG_START().test(body) ? 'environment' : 'transient';
  if (status !== undefined && isNetworkStatus(shape.text, status) && body === '')
    return 'transient';
  const words = wordsOf(shape, command);
  if (REPORTS_ON_CODE().test(shape.text))
    return strongKind(words, printed) ?? unclearKind(words, body);
  if (RUNS_CODE().test(shape.text))
    return strongKind(words, printed) ?? ownKind(shape, body) ?? unclearKind(words, body);
  if (CHECKS().test(shape.text)) return strongKind(words, printed) ?? unclearKind(words, body);
  if (status === 126) return 'environment';
  if (status === 127) return 'invocation';
  if (WRONG_START().test(body)) return 'environment';
  if (IS_REFUSED.test(body)) return 'environment';
  if (TRANSIENT().test(body)) return isNameUnknown(words, body) ? 'other' : 'transient';
  if (ENVIRONMENT().test(body) || STRONG_ENVIRONMENT().test(body)) return 'environment';
  if (blamesContent(words, body)) return 'other';
  if (
    INVOCATION().test(body) ||
    STRONG_INVOCATION().test(body) ||
    isUsageError(body) ||
    HINTS_AT_OPTION.test(body)
  )
    return 'invocation';
  return suggestsAnotherWord(words, body) || namesMissingWord(words, body) ? 'invocation' : 'other';
}

/**
 * Statuses of programs that a signal or a time limit ended. Some programs also exit with them if
 * they need input and get none.
 */
const STOPPED: readonly number[] = [143, 137, 130, 124];

const HINTS_AT_OPTION =
  /\b(?:use|pass|try|add|with|using|need|requires?) (?:the )?(?:-\w |option |flag )?["'`]?-{1,2}[a-z][\w-]*/i;

/** Classifies errors that appear before a tool starts its work. */
function strongKind(words: readonly string[], { body, status }: Printed): ErrorKind | undefined {
  if (status === 126) return 'environment';
  if (WRONG_START().test(body)) return 'environment';
  if (hasReachedCode(removeUsageLines(body))) return undefined;
  if (STRONG_ENVIRONMENT().test(body)) return 'environment';
  if (STRONG_INVOCATION().test(body) || status === 127 || isUsageError(body)) return 'invocation';
  return suggestsAnotherWord(words, body) ? 'invocation' : undefined;
}

/**
 * A package that the code needs was not found. The code may be right, and another environment may
 * have it.
 */
const MISSING_PACKAGE =
  /\bModuleNotFoundError: No module named '[\w-]+'|cannot find (?:module|package) '[^.'/][^']*'/i;

/** Removes the lines that name a place in the code. */
const withoutPlaces = (body: string): string =>
  body
    .split('\n')
    .filter((line) => !/^\s*(?:File "|at |--> )/.test(line))
    .join('\n');

/**
 * An error that names no word of the call is about the code. An error that names one may be about
 * either.
 */
function unclearKind(words: readonly string[], body: string): ErrorKind {
  if (MISSING_PACKAGE.test(body)) return 'other';
  if (hasReachedCode(body)) return 'result';
  const isAboutCall =
    namesOneOf(words, findErrorLine(body) ?? '') || namesMissingWord(words, withoutPlaces(body));
  return isAboutCall ? 'other' : 'result';
}

/** Whether a host named in the call was not found: the network is down, or the name is wrong. */
function isNameUnknown(words: readonly string[], body: string): boolean {
  return body
    .split('\n')
    .some(
      (line) =>
        /resolve host|name or service not known|nodename nor servname|no such host|endpoint URL/i.test(
          line,
        ) && namesOneOf([...words.slice(0, 1), ...words.slice(1).flatMap(splitAddress)], line),
    );
}

/** Returns the words of the part of a call with this shape, as written. */
function wordsOf(shape: CommandShape, command: string): readonly string[] {
  const { parts, whole } = parseCommandParts('Bash', command);
  return [...parts, whole].find((part) => part.shape.key === shape.key)?.words ?? [];
}

/**
 * Classifies the failure of a program that runs code, if its first words show that it failed before
 * it reached the code.
 */
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
  if (text.startsWith('git ') && CHECKED_BEFORE.test(body)) return 'result';
  if (ENVIRONMENT().test(body)) return 'environment';
  if (/^Traceback \(most recent/m.test(body)) return 'result';
  const [head = ''] = body.split('\n');
  const isGit = text.startsWith('git ');
  if (INVOCATION().test(isGit || /^(?:docker|npx|npm|make)\b/.test(text) ? body : head))
    return 'invocation';
  return isGit ? 'other' : undefined;
}

/** A host answered and refused this user, though the program says that it could not connect. */
const IS_REFUSED = /host key verification failed|permission denied \(publickey/i;

/** Output of a git hook that ran before the commit. */
const CHECKED_BEFORE = /\bpre-commit\b|husky/i;

/** A module of the project, or a merge: the next edit can change it. */
const CHANGES_WITH_THE_CODE =
  /cannot find module '\.{1,2}\/|^CONFLICT |^AssertionError|\[rejected\]|non-fast-forward|would be overwritten|make: \*\*\* \[|did not complete successfully|returned a non-zero code/im;

function isInformation(shape: CommandShape, command: string, { body, status }: Printed): boolean {
  if (status === undefined) return false;
  const written = wordsOf(shape, command).join(' ');
  if (isAnswerStatus(written, status) || isAnswerStatus(shape.text, status)) return true;
  if (IS_REFUSED_BY_SHELL.test(body)) return false;
  if (status <= 2 && isDifference(body)) return true;
  if (FAILS_BY_DESIGN.test(command)) return true;
  if (status > 2) return false;
  if (ANSWERS_BY_STATUS().test(shape.text)) return isAnswer(shape, body, status);
  const { programs, parts } = parseCommandParts('Bash', command);
  const last = programs.at(-1) ?? '';
  const isLast = parts.length !== 1 || parts[0]?.program !== last;
  if (isLast && status === 1 && ANSWERS_BY_STATUS().test(last) && !body.includes(`${last}: `))
    return true;
  return (
    body === '' &&
    status === 1 &&
    [...parts.map(({ shape: { text } }) => text), ...programs].some((text) =>
      ANSWERS_BY_STATUS().test(text),
    )
  );
}

/** The shell did not start the program, so no status of it is an answer. */
const IS_REFUSED_BY_SHELL = /^(?:zsh|bash|fish)(?::\d+)?: no matches (?:found|for wildcard)/i;

/** The line itself turns a success into a failure: `! grep -q x a`, `grep x a && exit 1`. */
const FAILS_BY_DESIGN =
  /^\s*!\s|&&\s*\{?\s*(?:echo [^;&|]*(?:;|&&)\s*)?(?:(?:exit|return)\s+[1-9]\d*|false)[\s;)}]*$/;

/** Whether the status is an answer. Not if the program complains about how it was called. */
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
