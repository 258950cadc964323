import { stringField } from '../../core/json.ts';
import type { FollowingCall, OpenTold } from './table.ts';

/**
 * What followed. `heeded`: Claude did what it was told, or found another way that worked; `failed_again`: it did not, and the same went wrong;
 * `went_well`: it did not, and nothing went wrong; `unknown`: nothing followed that could show it.
 */
export type Outcome = 'heeded' | 'failed_again' | 'went_well' | 'unknown';

/** So many calls later, what has not followed will not follow. */
export const MOST_CALLS = 20;

export interface Aftermath {
  /** The call that the warning was about, if it is known. */
  readonly own: FollowingCall | undefined;
  /** Calls of the same conversation after it, in their order, at most {@link MOST_CALLS}. */
  readonly after: readonly FollowingCall[];
  readonly isOver: boolean;
}

/** What followed a warning before a known failure; `undefined` while it is open. */
export function failureOutcome(
  { detail }: Pick<OpenTold, 'detail'>,
  { own, after, isOver }: Aftermath,
): Outcome | undefined {
  const tool = stringField(detail, 'tool') ?? '';
  const target = plain(stringField(detail, 'target') ?? '');
  const fix = plain(stringField(detail, 'fix') ?? '');
  const verdict = stringField(detail, 'verdict');
  if (own?.outcome === 'ok') return verdict === 'replace' ? 'heeded' : 'went_well';
  for (const call of after) {
    const text = plain(call.target);
    if (call.outcome !== 'ok' && call.outcome !== 'failed') continue;
    const isOk = call.outcome === 'ok';
    if (isOk && fix !== '' && text.includes(fix) && !target.includes(text)) return 'heeded';
    if (call.tool !== tool) continue;
    if (text === target) return isOk ? 'went_well' : 'failed_again';
    if (isOk && programOf(text) !== '' && programOf(text) === programOf(target)) return 'heeded';
  }
  if (after.length < MOST_CALLS && !isOver) return undefined;
  if (own?.outcome === 'failed') return 'failed_again';
  // refused or left alone after being told: it was not tried again
  return own?.outcome === 'rejected' && after.length > 0 ? 'heeded' : 'unknown';
}

/** What followed a reminder of where the session was. `earlier`: its last calls before, latest first. */
export function resumeOutcome(
  earlier: readonly FollowingCall[],
  { after, isOver }: Omit<Aftermath, 'own'>,
): Outcome | undefined {
  for (const call of after) {
    const known = earlier.find((one) => one.target !== '' && one.target === call.target);
    if (known === undefined || call.outcome === 'running') continue;
    return known.outcome === 'failed' && call.outcome === 'failed' ? 'failed_again' : 'heeded';
  }
  if (after.length < MOST_CALLS && !isOver) return undefined;
  return after.length === 0 ? 'unknown' : 'went_well';
}

/** What followed the word that the context fills up. */
export function contextOutcome(facts: {
  readonly hasFilledOn: boolean;
  readonly isCompacted: boolean;
  readonly isOver: boolean;
}): Outcome | undefined {
  if (facts.hasFilledOn) return 'failed_again';
  if (facts.isCompacted) return 'heeded';
  return facts.isOver ? 'went_well' : undefined;
}

function plain(command: string): string {
  return command.replace(/\s+/g, ' ').trim();
}

/** The first word of a command, without what is in front of it: variables, a change of folder. */
function programOf(command: string): string {
  const bare = command.replace(/^(?:cd \S+ ?(?:&&|;) ?)+/, '').replace(/^(?:\w+=\S* )+/, '');
  return bare.split(' ')[0] ?? '';
}
