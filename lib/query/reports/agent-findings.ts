import { parseModelId } from '../../claude/model-name.ts';
import { formatCount, formatUsd, plural } from '../../core/units.ts';
import type { CostGroup } from '../cost-groups.ts';
import type { RoutingReport } from '../routing.ts';
import { cents, type Finding, named, percent } from './finding.ts';
import type { AgentLine, AgentRuns } from './read-agents.ts';

/** What the rules about agents look at. */
export interface AgentFacts {
  readonly agents: AgentRuns;
  readonly routing: RoutingReport;
  /** What the answers of agents cost, by kind of agent and model. */
  readonly costs: readonly CostGroup[];
}

/** Of fewer runs nothing is said. */
const ENOUGH_RUNS = 3;

const POOR_RATE = 0.7;
const OFTEN_STOPPED = 0.25;

/** What the runs of agents say about what to change. */
export function agentFindings(facts: AgentFacts): readonly Finding[] {
  const { lines, types } = facts.agents;
  return [
    ...lines.flatMap((line) => cheaperFinding(line, facts)),
    ...lines.flatMap(failingFinding),
    ...types.flatMap(({ agentType, runs, stopped }) => stoppedFinding(agentType, runs, stopped)),
  ];
}

function cheaperFinding(
  line: AgentLine,
  { agents, routing, costs }: AgentFacts,
): readonly Finding[] {
  const advice = routing.advice.find(({ kind }) => kind === line.kind);
  if (advice?.agentType == null || advice.model === null) return [];
  if (line.runs < ENOUGH_RUNS || line.tokens === null) return [];
  if (advice.agentType === line.agentType && advice.model === line.model) return [];
  const better = routing.agents.find(
    ({ kind, agentType, model }) =>
      kind === line.kind && agentType === advice.agentType && model === advice.model,
  );
  if (better?.tokens == null) return [];
  const tokens = Math.max(0, line.runs * (line.tokens - better.tokens));
  const [own, other] = [line, better].map((one) => dollarsOfRun(one, agents, costs));
  const dollars = own == null || other == null ? 0 : cents(line.runs * (own - other));
  if (tokens === 0 && dollars <= 0) return [];
  const each = own == null ? '' : ` and ${formatUsd(own)}`;
  return [
    {
      rule: 'cheaper-agent',
      weight: dollars >= 1 ? 'high' : 'medium',
      message: `${plural(line.runs, 'run')} of ${named(line.agentType)} with ${named(line.model)} at tasks of the kind ${line.kind} took ${formatCount(line.tokens)} tokens${each} each.`,
      change: `Give them to ${named(better.agentType)} with ${named(better.model)}: it does about as well with ${formatCount(better.tokens)} tokens.`,
      saves: { ...(dollars > 0 ? { dollars } : {}), ...(tokens > 0 ? { tokens } : {}) },
    },
  ];
}

/** What a run of a kind of agent with a model costs on average; `undefined`: not known. */
export function dollarsOfRun(
  { agentType, model }: { readonly agentType: string; readonly model: string },
  { lines }: AgentRuns,
  costs: readonly CostGroup[],
): number | undefined {
  const runs = lines
    .filter((line) => line.agentType === agentType && line.model === model)
    .reduce((sum, line) => sum + line.runs, 0);
  const own = costs.filter((group) => group.key === agentType && isModel(group.model, model));
  const dollars = own.reduce((sum, group) => sum + (group.dollars ?? 0), 0);
  return runs === 0 || own.length === 0 || dollars === 0 ? undefined : dollars / runs;
}

/** Runs name a model without its date, answers with it. */
function isModel(ofAnswer: string | null, ofRun: string): boolean {
  return ofAnswer !== null && (ofAnswer === ofRun || parseModelId(ofAnswer).name === ofRun);
}

function failingFinding(line: AgentLine): readonly Finding[] {
  const { agentType, model, kind, ok, failed, successRate, tokens } = line;
  if (failed < ENOUGH_RUNS || successRate === null || successRate >= POOR_RATE) return [];
  const lost = failed * (tokens ?? 0);
  return [
    {
      rule: 'failing-agent',
      weight: 'high',
      message: `${named(agentType)} with ${named(model)} failed ${failed} of ${ok + failed} tasks of the kind ${kind}: ${percent(successRate)} success.`,
      change: 'Give these tasks to another agent or model: `waymark routing` compares them.',
      saves: lost === 0 ? null : { tokens: lost },
    },
  ];
}

function stoppedFinding(agentType: string, runs: number, stopped: number): readonly Finding[] {
  if (stopped < ENOUGH_RUNS || stopped / runs < OFTEN_STOPPED) return [];
  return [
    {
      rule: 'stopped-agents',
      weight: 'low',
      message: `${stopped} of ${plural(runs, 'run')} of ${named(agentType)} were stopped or refused.`,
      change: 'Give it smaller tasks, or say in its description when it is not to be used.',
      saves: null,
    },
  ];
}
