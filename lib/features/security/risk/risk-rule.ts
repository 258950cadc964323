import type { Program } from '../../../shell/program.ts';
import type { ShellLine } from '../../../shell/shell-line.ts';

/** How bad it is if nobody meant it. The words of an event's priority. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Severities from the worst. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** One kind of command that somebody may want to know of. */
export interface RiskRule {
  /** Stable: handlers and reports go by it. */
  readonly id: string;
  readonly severity: Severity;
  /** What the command does, in one clause. */
  readonly says: string;
  readonly fits: (program: Program, line: ShellLine) => boolean;
}
