import { DAY_MS } from '../core/clock.ts';
import { retryDelay } from '../queue/acknowledge.ts';
import type { DeliveryResult, Subscription } from './subscription.ts';
import type { DeliveryKey, DeliveryUpdate } from './table.ts';

/** An ended attempt. */
export interface EndedAttempt {
  readonly key: DeliveryKey;
  /** Including this one. */
  readonly attempts: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

type RetryRules = Pick<Subscription, 'maxAttempts' | 'retryDelayMs'>;

const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 300_000;

/** Longest delay that a receiver may ask for. */
export const MAX_DELAY_MS = DAY_MS;

/** Most characters of a handler's message to keep. */
const MAX_TEXT = 2_000;

/** Returns the update of a delivery after an attempt. */
export function updateAfterAttempt(
  attempt: EndedAttempt,
  result: DeliveryResult,
  rules: RetryRules,
  random: () => number,
): DeliveryUpdate {
  const { key, attempts, startedAt, endedAt } = attempt;
  const ended = { key, attempts, startedAt, endedAt, dueAt: endedAt, ...messagesOf(result) };
  if (result.state === 'done') return { ...ended, state: 'done' };
  if (result.state === 'waiting' && attempts < rules.maxAttempts)
    return {
      ...{ key, attempts, startedAt, endedAt, isWait: true },
      ...{ state: 'due', dueAt: endedAt + clampDelay(result.afterMs) },
    };
  if (result.state !== 'failed' || attempts >= rules.maxAttempts)
    return { ...ended, state: 'dead' };
  return {
    ...ended,
    state: 'due',
    dueAt: endedAt + delayAfter(attempts, result.afterMs, rules, random),
  };
}

/**
 * Returns the update of a delivery that a stopping worker gives back: as if the attempt had never
 * started.
 */
export function updateWhenReturned({
  key,
  attempts,
  startedAt,
  endedAt,
}: EndedAttempt): DeliveryUpdate {
  return { key, state: 'due', attempts: attempts - 1, startedAt, dueAt: endedAt };
}

function delayAfter(
  attempts: number,
  asked: number | undefined,
  { retryDelayMs }: RetryRules,
  random: () => number,
): number {
  const delay =
    asked ??
    retryDelayMs?.(attempts) ??
    retryDelay(attempts, FIRST_DELAY_MS, LAST_DELAY_MS, random);
  return clampDelay(delay);
}

function clampDelay(delay: number): number {
  return Number.isFinite(delay)
    ? Math.min(MAX_DELAY_MS, Math.max(0, Math.round(delay)))
    : LAST_DELAY_MS;
}

function messagesOf(result: DeliveryResult): { readonly error?: string; readonly output?: string } {
  return {
    ...('reason' in result ? { error: headOf(result.reason) } : {}),
    ...('output' in result && result.output !== undefined ? { output: headOf(result.output) } : {}),
  };
}

function headOf(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}
