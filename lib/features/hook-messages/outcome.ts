import { stringField } from '../../core/json.ts';
import type { FollowingCall, OpenHookMessage } from './table.ts';

/**
 * Outcome of a message. `heeded`: Claude followed it, or found another way that worked;
 * `failed_again`: Claude did not, and the same thing failed; `went_well`: Claude did not, and
 * nothing failed; `unknown`: nothing followed that could show it.
 */
export type Outcome = 'heeded' | 'failed_again' | 'went_well' | 'unknown';

/** Number of calls after which an outcome is final. */
export const MAX_CALLS = 20;

export interface FollowUp {
  /** The call that the warning was about, if known. */
  readonly own: FollowingCall | undefined;
  /** Later calls of the same conversation, in order, at most {@link MAX_CALLS}. */
  readonly after: readonly FollowingCall[];
  readonly isOver: boolean;
}

/** Decides the outcome of a warning about a known failure; `undefined` while it is open. */
export function classifyFailureOutcome(
  { detail }: Pick<OpenHookMessage, 'detail'>,
  { own, after, isOver }: FollowUp,
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
  if (after.length < MAX_CALLS && !isOver) return undefined;
  if (own?.outcome === 'failed') return 'failed_again';
  // it was refused, or not tried again after the warning
  return own?.outcome === 'rejected' && after.length > 0 ? 'heeded' : 'unknown';
}

/** Decides the outcome of a reminder. `earlier`: the last calls before it, latest first. */
export function classifyResumeOutcome(
  earlier: readonly FollowingCall[],
  { after, isOver }: Omit<FollowUp, 'own'>,
): Outcome | undefined {
  for (const call of after) {
    const known = earlier.find((one) => one.target !== '' && one.target === call.target);
    if (known === undefined || call.outcome === 'running') continue;
    return known.outcome === 'failed' && call.outcome === 'failed' ? 'failed_again' : 'heeded';
  }
  if (after.length < MAX_CALLS && !isOver) return undefined;
  return after.length === 0 ? 'unknown' : 'went_well';
}

/** Decides the outcome of a context warning. */
export function classifyContextOutcome(facts: {
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

/** Returns the first word of a command, without leading variables and `cd`. */
function programOf(command: string): string {
  const bare = command.replace(/^(?:cd \S+ ?(?:&&|;) ?)+/, '').replace(/^(?:\w+=\S* )+/, '');
  return bare.split(' ')[0] ?? '';
}
