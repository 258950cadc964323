import type { Scope } from '../lib/claude/settings/settings-path.ts';
import type { Plan } from './plan.ts';
import type { Proof } from './prove.ts';

/** What a run without questions ends with. */
export interface SilentRun {
  readonly exitCode: 0 | 1;
  readonly result: Result;
  /** For people; one line each. */
  readonly lines: readonly string[];
}

/** What `--json` prints. Field names are a contract. */
export interface Result {
  /** `plugin`: the launchers alone, without settings. */
  readonly scope: Scope | 'plugin';
  /** The settings file; the folder of the launchers where there is none. */
  readonly file: string;
  readonly changed: boolean;
  /** Entries of waymark that were written, and that went. */
  readonly added: number;
  readonly removed: number;
  /** Whether our status line is in the file then. */
  readonly statusLine: boolean;
  /** The file as it was before this run. */
  readonly backup: string | null;
  readonly diff: string;
  readonly warnings: readonly string[];
  /** `null` when nothing was proved. */
  readonly proof: Proof | null;
}

/** The result of a plan, carried out or not. */
export function createResult(
  plan: Plan,
  rest: Partial<Pick<Result, 'warnings' | 'proof'>> & { readonly backup?: string | undefined },
): Result {
  const { scope, file, changed, added, removed, diff, line } = plan;
  return {
    scope,
    file,
    changed,
    added,
    removed,
    statusLine: line.isIn,
    backup: rest.backup ?? null,
    diff,
    warnings: rest.warnings ?? [],
    proof: rest.proof ?? null,
  };
}
