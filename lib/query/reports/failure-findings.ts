import { formatCount, plural } from '../../core/units.ts';
import type { Cost } from '../cost.ts';
import { cents, type Finding, named, percent } from './finding.ts';
import type { Calls, ToolCalls } from './read-calls.ts';
import type { FailureCount, FailureCounts } from './read-failure-counts.ts';

/** What the rules about failures look at. */
export interface FailureFacts {
  readonly failures: FailureCounts;
  readonly calls: Calls;
  /** Of all answers: what one costs on average is what a failed call costs. */
  readonly total: Cost;
}

/** A failure that came less often may be chance. */
const OFTEN = 3;
const VERY_OFTEN = 10;

const MAX_PATTERNS = 5;

const ENOUGH_CALLS = 20;
const MANY_FAILED = 0.2;
const FEW_REJECTED = 0.1;

const ENOUGH_WARNINGS = 5;
const OFTEN_IGNORED = 0.5;

/** What failures say about what to change. */
export function failureFindings({ failures, calls, total }: FailureFacts): readonly Finding[] {
  return [
    ...failures.top
      .filter(({ failures: count }) => count >= OFTEN)
      .slice(0, MAX_PATTERNS)
      .map((one) => repeatedFinding(one, total)),
    ...calls.tools.flatMap(toolFinding),
    ...ignoredFinding(failures.warned),
  ];
}

function repeatedFinding(one: FailureCount, total: Cost): Finding {
  const { pattern, command, tool, failures, sessions, fix } = one;
  const what = tool === 'Bash' ? named(command) : `${named(tool)} of ${named(command)}`;
  const where = sessions > 1 ? ` in ${plural(sessions, 'session')}` : '';
  const cause = `See \`waymark failures show ${pattern}\` for the cause.`;
  return {
    rule: 'repeated-failure',
    weight: failures >= VERY_OFTEN ? 'high' : 'medium',
    message: `${what} failed ${plural(failures, 'time')}${where}.`,
    change:
      fix === null
        ? `${cause} Say in \`CLAUDE.md\` how it is done here.`
        : `What worked instead: ${named(fix)}. Let it replace the command: \`waymark failures set ${pattern} auto-fix\`.`,
    saves: costOfCalls(failures, total),
  };
}

/** A failed call costs about one more answer. */
function costOfCalls(calls: number, total: Cost): Finding['saves'] {
  const { answers, unpriced, dollars, input, output, cacheRead, cacheWrite5m, cacheWrite1h } =
    total;
  if (answers === 0) return null;
  const tokens = input + output + cacheRead + cacheWrite5m + cacheWrite1h;
  const priced = answers - unpriced;
  const saved = priced === 0 ? 0 : cents(((dollars ?? 0) / priced) * calls);
  return {
    ...(saved > 0 ? { dollars: saved } : {}),
    tokens: Math.round((tokens / answers) * calls),
  };
}

function toolFinding({ tool, calls, failed, rejected }: ToolCalls): readonly Finding[] {
  if (calls < ENOUGH_CALLS) return [];
  const found: Finding[] = [];
  if (failed / calls > MANY_FAILED)
    found.push({
      rule: 'failing-tool',
      weight: 'medium',
      message: `${percent(failed / calls)} of ${plural(calls, 'call')} of ${named(tool)} failed.`,
      change: '`waymark failures list` shows what fails, and what worked instead.',
      saves: null,
    });
  if (rejected / calls > FEW_REJECTED)
    found.push({
      rule: 'rejected-calls',
      weight: 'low',
      message: `${formatCount(rejected)} of ${plural(calls, 'call')} of ${named(tool)} were refused before they ran.`,
      change: 'Allow in the permissions of Claude Code what you allow each time anyway.',
      saves: null,
    });
  return found;
}

function ignoredFinding({ told, failedAgain }: FailureCounts['warned']): readonly Finding[] {
  if (told < ENOUGH_WARNINGS || failedAgain / told <= OFTEN_IGNORED) return [];
  return [
    {
      rule: 'ignored-warnings',
      weight: 'medium',
      message: `Claude was warned ${plural(told, 'time')} before a known failure, and repeated it ${plural(failedAgain, 'time')}.`,
      change: 'Let it ask instead: `waymark failures set ID ask`.',
      saves: null,
    },
  ];
}
