import { LruCache } from '../../core/lru-cache.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { headOf } from '../../core/text.ts';
import type { CommandShape } from './command-shape.ts';
import { errorBody, exitStatus } from '../../core/error-body.ts';
import { findErrorLine } from './error-line.ts';
import { type ErrorKind, classifyError } from './error-kind.ts';
import { generaliseProse } from '../../shell/generalise.ts';

export interface ErrorPattern {
  /** The line that says what went wrong, generalised; at most {@link PATTERN_LIMIT} units. */
  readonly text: string;
  readonly kind: ErrorKind;
}

const PATTERN_LIMIT = 160;

/**
 * Derives the kind of a failure, and the text that failures of this kind share. Never fails.
 * `command` is the whole target of the call.
 */
export function deriveErrorPattern(
  shape: CommandShape,
  command: string,
  error: string,
): ErrorPattern {
  const question = `${shape.key}\0${command}\0${error}`;
  return cache.get(question, () => findPattern(shape, command, error));
}

/**
 * Cache: failures of active sessions are evaluated again with each new call, which may be the fix.
 */
const cache = new LruCache<ErrorPattern>(128);

function findPattern(shape: CommandShape, command: string, error: string): ErrorPattern {
  const body = errorBody(error);
  const status = exitStatus(error);
  const line =
    findErrorLine(body) ?? (status === undefined ? 'no reason given' : `exit code ${status}`);
  return {
    text: headOf(generaliseProse(withoutShell(line)), PATTERN_LIMIT),
    kind: classifyError(shape, command, { body, status }),
  };
}

/** Returns the id of one way in which calls of one shape fail. */
export function computePatternId(key: string, errorText: string): string {
  return `pat_${shortHash16(`${key}\n${errorText}`).slice(0, 12)}`;
}

/** Removes the shell's name and line number. */
function withoutShell(line: string): string {
  return line.replace(
    /^(?:\/\S*\/)?(?:ba|z|da|k|fi)?sh: (?:-c: )?(?:(?:line |Zeile |ligne |第 ?)?\d+(?: ?行)? ?[:：] ?)?/,
    '',
  );
}
