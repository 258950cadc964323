import { Lately } from '../../../core/lately.ts';
import { ACCESS_RULES } from './access-rules.ts';
import { DESTROYING_RULES } from './destroying-rules.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { type RiskRule, SEVERITIES, type Severity } from './risk-rule.ts';
import { RUNNING_RULES } from './running-rules.ts';
import { SECRET_RULES } from './secret-rules.ts';
import { shellLine } from '../../../shell/shell-line.ts';

/** Every rule, each with an id of its own. */
export const RISK_RULES: readonly RiskRule[] = [
  ...DESTROYING_RULES,
  ...RUNNING_RULES,
  ...ACCESS_RULES,
  ...NETWORK_RULES,
  ...SECRET_RULES,
];

/** What is risky about a command. */
export interface Risk {
  readonly rule: string;
  readonly severity: Severity;
  readonly says: string;
}

/**
 * What a person may want to know about a Bash command, the worst first; each rule once. It looks at the words alone: what variables hold, what a
 * script does and where the command runs is not known to it. Total; linear in the length of the command.
 */
export function risksOf(command: string): readonly Risk[] {
  return lately.answer(command, () => judge(command));
}

/** Most commands are given again and again. */
const lately = new Lately<readonly Risk[]>(256);

function judge(command: string): readonly Risk[] {
  const line = shellLine(command);
  const found = RISK_RULES.filter(({ fits }) =>
    line.programs.some((program) => fits(program, line)),
  );
  return found
    .toSorted((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity))
    .map(({ id, severity, says }) => ({ rule: id, severity, says }));
}
