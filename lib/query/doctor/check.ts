import type { Config } from '../../config/resolve.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** One thing that was looked at. Field names are a contract. */
export interface Check {
  readonly id: string;
  /** `false` = something should be done; a note that all is well, or harmless, is `true`. */
  readonly ok: boolean;
  /** `false` = there was nothing to check, or no way to. */
  readonly checked: boolean;
  readonly message: string;
  /** What to do; `null` when nothing is. */
  readonly remedy: string | null;
}

/** What a check may look at. */
export interface DoctorInput {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly config: Config;
  /** Refused settings, one line each. */
  readonly configProblems: readonly string[];
  readonly clock: () => number;
  readonly nodeVersion: string;
  readonly platform: string;
}

export function passedCheck(id: string, message: string): Check {
  return { id, ok: true, checked: true, message, remedy: null };
}

/**
 * What could not be checked, or has nothing to check yet: no problem, and no proof that all is
 * well.
 */
export function uncheckedCheck(id: string, message: string): Check {
  return { id, ok: true, checked: false, message, remedy: null };
}

export function failedCheck(id: string, message: string, remedy: string): Check {
  return { id, ok: false, checked: true, message, remedy };
}
