import type { Program } from '../../../shell/program.ts';
import type { ShellLine } from '../../../shell/shell-line.ts';

/** Severity if the command was not intended. Same words as an event's priority. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Severities from the worst. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** A rule for one kind of risky command. */
export interface RiskRule {
  /** Stable id, used by handlers and reports. */
  readonly id: string;
  readonly severity: Severity;
  /** Description of what the command does, in one clause. */
  readonly says: string;
  readonly fits: (program: Program, line: ShellLine) => boolean;
}
