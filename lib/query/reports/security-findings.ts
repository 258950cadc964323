import { plural } from '../../core/units.ts';
import { type Finding, named } from './finding.ts';
import type { SecurityEvents } from './read-security.ts';
import type { SecurityCheck } from './security-checklist.ts';

/** A rule that is met so often in one span is no accident. */
const OFTEN = 5;
const MAX_RULES = 5;

/** What security events and the checklist say about what to change. */
export function securityFindings(
  events: SecurityEvents,
  before: SecurityEvents,
  checks: readonly SecurityCheck[],
): readonly Finding[] {
  return [
    ...checks.filter(({ ok }) => !ok).map(checkFinding),
    ...riseFinding(events, before),
    ...events.lines
      .filter(({ type, count }) => type === 'risky_command' && count >= OFTEN)
      .slice(0, MAX_RULES)
      .map(({ rule, message, count, ran }): Finding => {
        const went = ran === 0 ? 'none ran to the end' : `${ran} ran to the end`;
        return {
          rule: 'repeated-risk',
          weight: 'medium',
          message: `${named(rule)} matched ${plural(count, 'time')} (${named(message)}), ${went}.`,
          change:
            'Deny such commands in the permissions of Claude Code, or say what to do instead.',
          saves: null,
        };
      }),
  ];
}

function checkFinding({ id, isGrave, message, remedy }: SecurityCheck): Finding {
  return {
    rule: `check-${id}`,
    weight: isGrave ? 'high' : 'low',
    message,
    change: remedy ?? '',
    saves: null,
  };
}

function riseFinding(events: SecurityEvents, before: SecurityEvents): readonly Finding[] {
  const [now, then] = [events, before].map(({ levels }) => levels.critical + levels.high);
  if (now === undefined || then === undefined || now < OFTEN || now < 2 * then) return [];
  return [
    {
      rule: 'security-rises',
      weight: 'medium',
      message: `${plural(now, 'critical or high event')}, in the period before ${then}.`,
      change: '`waymark events --type "security.*"` shows each.',
      saves: null,
    },
  ];
}
