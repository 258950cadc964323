import { LruCache } from '../../../core/lru-cache.ts';
import { ACCESS_RULES } from './access-rules.ts';
import { DESTROYING_RULES } from './destroying-rules.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { type RiskRule, SEVERITIES, type Severity } from './risk-rule.ts';
import { RUNNING_RULES } from './running-rules.ts';
import { SECRET_RULES } from './secret-rules.ts';
import { shellLine } from '../../../shell/shell-line.ts';

/** Every rule, each with a unique id. */
export const RISK_RULES: readonly RiskRule[] = [
  ...DESTROYING_RULES,
  ...RUNNING_RULES,
  ...ACCESS_RULES,
  ...NETWORK_RULES,
  ...SECRET_RULES,
];

/** A risk of a command. */
export interface Risk {
  readonly rule: string;
  readonly severity: Severity;
  readonly says: string;
}

/**
 * Finds the risks of a Bash command, the worst first, each rule once. It checks only the text: it
 * does not know the value of variables, what a script does, or where the command runs. Never fails;
 * linear in the length of the command.
 */
export function findRisks(command: string): readonly Risk[] {
  return cache.get(command, () => findRisksUncached(command));
}

/** Cache: most commands are repeated. */
const cache = new LruCache<readonly Risk[]>(256);

function findRisksUncached(command: string): readonly Risk[] {
  const line = shellLine(command);
  const found = RISK_RULES.filter(({ fits }) =>
    line.programs.some((program) => fits(program, line)),
  );
  return found
    .toSorted((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity))
    .map(({ id, severity, says }) => ({ rule: id, severity, says }));
}
