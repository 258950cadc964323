import type { OwnPrice } from '../../claude/prices.ts';
import { isoTime } from '../../core/clock.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { countOutbox } from '../../delivery/table.ts';
import type { Database } from '../../store/database.ts';
import { type CostGroup, readCostGroups } from '../cost-groups.ts';
import { type HandlerStats, readHandlerStats } from '../handler-stats.ts';
import { readHookErrors } from '../hook-errors.ts';
import { readRouting, type RoutingReport } from '../routing.ts';
import { isOfTeam } from '../store-view.ts';
import { readQueueState } from '../workers.ts';
import { agentFindings } from './agent-findings.ts';
import { costFindings } from './cost-findings.ts';
import { failureFindings } from './failure-findings.ts';
import { byWeight, type Finding } from './finding.ts';
import { type Backlog, performanceFindings } from './performance-findings.ts';
import { type Activity, readActivity } from './read-activity.ts';
import { type AgentRuns, readAgents } from './read-agents.ts';
import { type Calls, readCalls } from './read-calls.ts';
import { type CostPart, readCostPart } from './read-cost-part.ts';
import { type FailureCounts, readFailureCounts } from './read-failure-counts.ts';
import { type OwnCost, readOwnCost } from './read-own-cost.ts';
import { readSecurity, type SecurityEvents } from './read-security.ts';
import { readWorkerFigures, type WorkerFigures } from './read-worker-figures.ts';
import { isOfOneMachine, type ReportName } from './report-names.ts';
import { type ReportSpan, spanBefore, zoneText } from './report-span.ts';
import {
  type Posture,
  postureOf,
  type SecurityCheck,
  securityChecklist,
} from './security-checklist.ts';
import { securityFindings } from './security-findings.ts';

/** What every report says of itself. Field names are a contract. */
interface ReportHead<Name extends ReportName> {
  readonly report: Name;
  readonly madeBy: 'waymark';
  readonly since: string;
  readonly until: string;
  /** The local clock by which days are counted: `UTC+05:30`. */
  readonly zone: string;
  /** The heaviest first. */
  readonly findings: readonly Finding[];
}

export interface WeeklyReport extends ReportHead<'weekly'> {
  readonly activity: Activity;
  readonly calls: Calls;
  /** Of the time of the same length before. */
  readonly before: { readonly activity: Activity; readonly calls: Calls };
  readonly failures: FailureCounts;
  readonly agents: AgentRuns;
  readonly cost: CostPart;
  /** `posture` is of this machine; `null` in the store of a team, which has none. */
  readonly security: { readonly posture: Posture | null; readonly events: SecurityEvents };
  /** Of this machine, too. */
  readonly worker: WorkerFigures | null;
  readonly backlog: Backlog | null;
  readonly own: OwnCost | null;
}

export interface CostReport extends ReportHead<'cost'> {
  readonly cost: CostPart;
}

export interface SecurityReport extends ReportHead<'security'> {
  readonly posture: Posture;
  readonly checklist: readonly SecurityCheck[];
  readonly events: SecurityEvents;
  /** Of the time of the same length before. */
  readonly before: SecurityEvents;
}

export interface RoutingReportData extends ReportHead<'routing'> {
  readonly agents: AgentRuns;
  /** Of the time of the same length before. */
  readonly before: AgentRuns;
  /** What was learned in the last 90 days. */
  readonly routing: RoutingReport;
}

export interface PerformanceReport extends ReportHead<'performance'> {
  readonly worker: WorkerFigures;
  /** Of the time of the same length before. */
  readonly before: WorkerFigures;
  readonly backlog: Backlog;
  /** Of all deliveries that the store still has. */
  readonly handlers: readonly HandlerStats[];
  readonly calls: Calls;
  readonly own: OwnCost;
}

/** What `report NAME --format json` prints. */
export type ReportData =
  | WeeklyReport
  | CostReport
  | SecurityReport
  | RoutingReportData
  | PerformanceReport;

/** What a report is made of. */
export interface ReportSource {
  readonly database: Database;
  readonly folder: StateFolder;
  readonly span: ReportSpan;
  /** The user's settings. */
  readonly prices: readonly OwnPrice[];
  readonly diskBudget: number | null;
}

/**
 * Reads a report. The same store, span and time zone give the same report.
 * @throws {@link WaymarkError} USAGE for one of a machine in the store of a team.
 */
export async function readReport(name: ReportName, source: ReportSource): Promise<ReportData> {
  if (isOfTeam(source.database)) requireOfTeam(name);
  switch (name) {
    case 'weekly':
      return readWeekly(source);
    case 'cost':
      return readCostReport(source);
    case 'security':
      return readSecurityReport(source);
    case 'routing':
      return readRoutingReport(source);
    case 'performance':
      return readPerformance(source);
  }
}

function requireOfTeam(name: ReportName): void {
  if (!isOfOneMachine(name)) return;
  throw new WaymarkError(
    'USAGE',
    `Cannot make the ${name} report of a team: it shows one machine, its settings and its worker`,
    { remedy: `Run \`waymark report ${name}\` on that machine, without --store.` },
  );
}

async function readWeekly(source: ReportSource): Promise<WeeklyReport> {
  const { database, span, prices } = source;
  const [activity, calls] = [await readActivity(database, span), await readCalls(database, span)];
  const failures = await readFailureCounts(database, span);
  const agents = await readAgents(database, span);
  const { cost, ofAgents } = await readCostPart(database, span, prices);
  const events = await readSecurity(database, span);
  const machine = isOfTeam(database) ? OF_NO_MACHINE : await readMachine(source, events, calls);
  const before = spanBefore(span);
  const findings = [
    ...costFindings({ ...cost, prices, until: span.until }),
    ...failureFindings({ failures, calls, total: cost.total }),
    ...agentFindings(await agentFacts(source, agents, ofAgents)),
    ...securityFindings(events, await readSecurity(database, before), machine.checks),
    ...machine.findings,
  ];
  const { posture, worker, backlog, own } = machine;
  return {
    ...headOf('weekly', span, findings),
    ...{ activity, calls },
    before: {
      activity: await readActivity(database, before),
      calls: await readCalls(database, before),
    },
    ...{ failures, agents, cost, security: { posture, events } },
    ...{ worker, backlog, own },
  };
}

const OF_NO_MACHINE = {
  ...{ posture: null, worker: null, backlog: null, own: null },
  ...{ checks: [], findings: [] },
};

/** What a weekly report says of this machine. */
async function readMachine(source: ReportSource, events: SecurityEvents, calls: Calls) {
  const { database, folder, span } = source;
  const worker = await readWorkerFigures(database, span);
  const backlog = readBacklog(source);
  const own = await readOwnCost(source, worker);
  const handlers = await readHandlerStats(database);
  const checks = securityChecklist(folder, events, span.until);
  const findings = performanceFindings({ worker, backlog, handlers, calls, own });
  return { posture: postureOf(checks), ...{ worker, backlog, own, checks, findings } };
}

async function readCostReport({ database, span, prices }: ReportSource): Promise<CostReport> {
  const { cost } = await readCostPart(database, span, prices);
  const findings = costFindings({ ...cost, prices, until: span.until });
  return { ...headOf('cost', span, findings), cost };
}

async function readSecurityReport({
  database,
  folder,
  span,
}: ReportSource): Promise<SecurityReport> {
  const events = await readSecurity(database, span);
  const before = await readSecurity(database, spanBefore(span));
  const checklist = securityChecklist(folder, events, span.until);
  return {
    ...headOf('security', span, securityFindings(events, before, checklist)),
    ...{ posture: postureOf(checklist), checklist, events, before },
  };
}

async function readRoutingReport(source: ReportSource): Promise<RoutingReportData> {
  const { database, span } = source;
  const agents = await readAgents(database, span);
  const ofAgents = await readCostGroups(database, 'agent', span, source.prices);
  const facts = await agentFacts(source, agents, ofAgents);
  return {
    ...headOf('routing', span, agentFindings(facts)),
    ...{ agents, before: await readAgents(database, spanBefore(span)), routing: facts.routing },
  };
}

async function readPerformance(source: ReportSource): Promise<PerformanceReport> {
  const { database, span } = source;
  const worker = await readWorkerFigures(database, span);
  const facts = {
    worker,
    backlog: readBacklog(source),
    handlers: await readHandlerStats(database),
    calls: await readCalls(database, span),
    own: await readOwnCost(source, worker),
  };
  return {
    ...headOf('performance', span, performanceFindings(facts)),
    ...facts,
    before: await readWorkerFigures(database, spanBefore(span)),
  };
}

function headOf<Name extends ReportName>(
  report: Name,
  { since, until }: ReportSpan,
  findings: readonly Finding[],
): ReportHead<Name> {
  return {
    ...{ report, madeBy: 'waymark', since: isoTime(since), until: isoTime(until) },
    ...{ zone: zoneText(until), findings: byWeight(findings) },
  };
}

async function agentFacts(
  { database, span }: ReportSource,
  agents: AgentRuns,
  costs: readonly CostGroup[],
) {
  return { agents, routing: await readRouting(database, span.until), costs };
}

function readBacklog({ database, folder, span }: ReportSource): Backlog {
  const { depth, workers } = readQueueState(folder, span.until);
  const alive = workers.filter(({ state }) => state !== 'dead');
  return {
    ...{ pending: depth.pending, delayed: depth.delayed, processing: depth.processing },
    ...{ deadEntries: depth.dead, deadDeliveries: countOutbox(database).dead },
    workers: alive.length,
    stuck: alive.filter(({ state }) => state === 'stuck').length,
    hookErrors: readHookErrors(folder, span.since).count,
  };
}
