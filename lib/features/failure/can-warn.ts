import { DAY_MS } from '../../core/clock.ts';
import type { CommandShape } from './command-shape.ts';
import { decideAction } from './decide-action.ts';
import type { FailureView } from './known-pattern.ts';
import { exampleProject } from './team-knowledge.ts';

/** After this long without a failure, everything is checked again. */
const MAX_DAYS = 1_024;

/** Stands for a command that never ran before. */
const UNKNOWN = '0000000000000000';

/**
 * Whether any call of this shape would cause a warning. Checks the commands that failed, and a new
 * one.
 */
export function canWarn(view: FailureView, key: string, isGeneral: boolean, now: number): boolean {
  const shape = (exact: string): CommandShape => ({
    key,
    text: view.text,
    exact,
    isGeneral,
    needle: '',
  });
  return view.patterns.some((pattern) =>
    [...pattern.failed.map(({ exact }) => exact), UNKNOWN].some(
      (exact) =>
        decideAction(view, shape(exact), { project: exampleProject(pattern), now }) !== undefined,
    ),
  );
}

/**
 * Returns when warnings end if nothing happens, to within a day, in milliseconds since the epoch;
 * `null` if they do not end.
 */
export function findWarningEnd(
  view: FailureView,
  key: string,
  isGeneral: boolean,
  now: number,
): number | null {
  const isSaid = (days: number): boolean => canWarn(view, key, isGeneral, now + days * DAY_MS);
  if (isSaid(MAX_DAYS)) return null;
  let [from, to] = [0, MAX_DAYS];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (isSaid(middle)) from = middle;
    else to = middle;
  }
  return now + to * DAY_MS;
}
