import { DAY_MS } from '../../core/clock.ts';
import type { CommandShape } from './command-shape.ts';
import { judge } from './judge.ts';
import type { FailureView } from './known-pattern.ts';

/** After this long without a failure everything is looked at again. */
const LONGEST_DAYS = 1_024;

/** A command that never ran before. */
const UNKNOWN = '0000000000000000';

/** Whether there is a call of this shape of which Claude would be warned: asks the judge about the commands that failed and about a new one. */
export function canWarn(view: FailureView, key: string, isGeneral: boolean, now: number): boolean {
  const shape = (exact: string): CommandShape => ({
    key,
    text: view.text,
    exact,
    isGeneral,
    needle: '',
  });
  return view.patterns.some(({ failed, projects }) =>
    [...failed.map(({ exact }) => exact), UNKNOWN].some(
      (exact) => judge(view, shape(exact), { project: projects[0] ?? '', now }) !== undefined,
    ),
  );
}

/** When that ends if nothing happens, to within a day; `null` when it does not. Milliseconds since the epoch. */
export function canWarnUntil(
  view: FailureView,
  key: string,
  isGeneral: boolean,
  now: number,
): number | null {
  const isSaid = (days: number): boolean => canWarn(view, key, isGeneral, now + days * DAY_MS);
  if (isSaid(LONGEST_DAYS)) return null;
  let [from, to] = [0, LONGEST_DAYS];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (isSaid(middle)) from = middle;
    else to = middle;
  }
  return now + to * DAY_MS;
}
