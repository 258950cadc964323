import { Lately } from '../../core/lately.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { headOf } from '../../core/text.ts';
import type { CommandShape } from './command-shape.ts';
import { errorBody, exitStatus } from '../../core/error-body.ts';
import { tellingLine } from './telling-line.ts';
import { type ErrorKind, errorKind } from './error-kind.ts';
import { generaliseProse } from '../../shell/generalise.ts';

export interface ErrorPattern {
  /** The line that says what went wrong, generalised; at most {@link PATTERN_LIMIT} units. */
  readonly text: string;
  readonly kind: ErrorKind;
}

const PATTERN_LIMIT = 160;

/** What kind of failure an error is, and the text that failures of this kind share. Total. `command` is the whole target of the call. */
export function errorPattern(shape: CommandShape, command: string, error: string): ErrorPattern {
  const question = `${shape.key}\0${command}\0${error}`;
  return lately.answer(question, () => findPattern(shape, command, error));
}

/** Failures of the sessions at work are looked at again with each new call, which may have helped. */
const lately = new Lately<ErrorPattern>(128);

function findPattern(shape: CommandShape, command: string, error: string): ErrorPattern {
  const body = errorBody(error);
  const status = exitStatus(error);
  const line =
    tellingLine(body) ?? (status === undefined ? 'no reason given' : `exit code ${status}`);
  return {
    text: headOf(generaliseProse(withoutShell(line)), PATTERN_LIMIT),
    kind: errorKind(shape, command, { body, status }),
  };
}

/** The id of what is known about one way in which calls of one shape fail. */
export function patternId(key: string, errorText: string): string {
  return `pat_${shortHash16(`${key}\n${errorText}`).slice(0, 12)}`;
}

/** Which shell says it, and in which line, does not matter. */
function withoutShell(line: string): string {
  return line.replace(
    /^(?:\/\S*\/)?(?:ba|z|da|k|fi)?sh: (?:-c: )?(?:(?:line |Zeile |ligne |第 ?)?\d+(?: ?行)? ?[:：] ?)?/,
    '',
  );
}
