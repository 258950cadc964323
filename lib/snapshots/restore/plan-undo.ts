import type { JournalEntry } from './journal.ts';
import { type BytePath, isSameState, type PathState, type PathStates } from './path-state.ts';
import { type CodePlan, planCodeRestore, type RestoreQuestion } from './plan.ts';

/** What a restore changed: its steps without those that were left as they were. */
export function listChangedSteps({ plan, skipped }: Pick<JournalEntry, 'plan' | 'skipped'>) {
  const left = new Set(skipped.map(({ path }) => path));
  return plan.steps.filter(({ path }) => !left.has(path));
}

/**
 * Plans to take a restore back: each path that it changed becomes what it was. A file that the
 * restore made goes only if it is still what the restore made of it; else it stays, as `unproven`.
 */
export function planUndo(
  restore: Pick<JournalEntry, 'plan' | 'skipped'>,
  present: PathStates,
  onDisk: RestoreQuestion['onDisk'],
): CodePlan {
  const steps = listChangedSteps(restore);
  const target = new Map<BytePath, PathState>(present);
  const cameSince = new Set<BytePath>();
  for (const { path, before, after } of steps) {
    if (before !== undefined) target.set(path, before);
    else {
      target.delete(path);
      if (isSameState(present.get(path), after)) cameSince.add(path);
    }
  }
  const paths = new Set(steps.map(({ path }) => path));
  return planCodeRestore({
    ...{ target, present, onDisk, isPartial: false },
    isSelected: (path) => paths.has(path),
    removal: { cameSince, isIgnored: () => false },
  });
}
