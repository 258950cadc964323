import { oneLine } from '../../core/one-line.ts';
import { headOf } from '../../core/text.ts';

/**
 * What a change would save over a time as long as that of the report. Field names are a contract.
 */
export interface Savings {
  readonly dollars?: number;
  readonly tokens?: number;
  /** Time that a person waited. */
  readonly ms?: number;
}

export const WEIGHTS = ['high', 'medium', 'low'] as const;

/** Something that a rule found in the figures of a report. Field names are a contract. */
export interface Finding {
  /** Name of the rule: the same in every version. */
  readonly rule: string;
  readonly weight: (typeof WEIGHTS)[number];
  /** What was found, with figures. Commands and names are in backticks. */
  readonly message: string;
  /** What to change. */
  readonly change: string;
  readonly saves: Savings | null;
}

/** The heaviest first; of one weight, what saves most money, then tokens, then time. */
export function byWeight(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (one, other) =>
      WEIGHTS.indexOf(one.weight) - WEIGHTS.indexOf(other.weight) ||
      (other.saves?.dollars ?? 0) - (one.saves?.dollars ?? 0) ||
      (other.saves?.tokens ?? 0) - (one.saves?.tokens ?? 0) ||
      (other.saves?.ms ?? 0) - (one.saves?.ms ?? 0),
  );
}

const MAX_NAME_LENGTH = 80;

/** A name from outside, in backticks on one line: nothing in it ends them. */
export function named(text: string): string {
  const line = oneLine(text.slice(0, MAX_NAME_LENGTH * 4)).replaceAll('`', "'");
  return `\`${line === '' ? '?' : headOf(line, MAX_NAME_LENGTH)}\``;
}

/** `71 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Cents, not more digits than that. */
export function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
