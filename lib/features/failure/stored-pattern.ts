import type { KnownPattern } from './known-pattern.ts';

/** A pattern from the store, with the form of its command. */
export interface StoredPattern {
  /** Of the command. */
  readonly key: string;
  /** The command, generalised. */
  readonly command: string;
  readonly needle: string;
  readonly isGeneral: boolean;
  /** When the user chose the action; `null` if the user did not. */
  readonly chosenAt: number | null;
  /** Number of projects in which it occurred; work trees of one repository count once. */
  readonly places: number;
  readonly pattern: KnownPattern;
}
