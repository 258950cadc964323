import { formatCount } from '../core/units.ts';
import type { WeeklyReport } from '../query/reports/read-report.ts';
import { agentTypeTable } from './agent-sections.ts';
import { costChart, costFigure, costTable, sessionName } from './cost-sections.ts';
import {
  type Block,
  changeText,
  type Figure,
  percentText,
  type Section,
  type TimeAxis,
} from './report-document.ts';
import { postureFigure, securityChart } from './security-sections.ts';
import { ownCostBlocks, toolTable } from './worker-sections.ts';

const MAX_SESSIONS = 5;

/** The sections of the weekly report, but for what to change. */
export function weeklySections(report: WeeklyReport, axis: TimeAxis): readonly Section[] {
  const { activity, calls, agents, cost, security, own } = report;
  return [
    {
      title: 'In short',
      blocks: [
        { kind: 'figures', figures: shortFigures(report) },
        callsChart(report, axis),
        costChart(cost, axis),
      ],
    },
    {
      title: 'Projects',
      blocks: [
        {
          kind: 'table',
          table: {
            columns: [{ name: 'Project' }, { name: 'Sessions', isNumber: true }],
            rows: activity.projects.map(({ project, sessions }) => [
              project ?? 'unknown project',
              formatCount(sessions),
            ]),
            empty: 'No sessions were recorded.',
          },
        },
      ],
    },
    {
      title: 'Cost',
      blocks: [
        costTable('Model', cost.models, ({ key }) => key ?? 'unknown model', cost.total),
        costTable('Costliest sessions', cost.sessions.slice(0, MAX_SESSIONS), sessionName),
      ],
    },
    { title: 'Failures', blocks: failureBlocks(report) },
    { title: 'Tools', blocks: [toolTable(calls)] },
    { title: 'Agents', blocks: [agentTypeTable(agents)] },
    { title: 'Security', blocks: [securityChart(security.events, axis)] },
    ...(own === null ? [] : [{ title: 'What waymark itself used', blocks: ownCostBlocks(own) }]),
  ];
}

function shortFigures({
  activity,
  calls,
  before,
  agents,
  cost,
  security,
}: WeeklyReport): readonly Figure[] {
  const counted = (label: string, now: number, then: number): Figure => ({
    label,
    value: formatCount(now),
    note: changeText(now, then),
  });
  return [
    counted('Sessions', activity.sessions, before.activity.sessions),
    counted('Prompts', activity.prompts, before.activity.prompts),
    counted('Calls', calls.total, before.calls.total),
    counted('Failed calls', calls.failed, before.calls.failed),
    costFigure(cost),
    { label: 'Success of agents', value: percentText(agents.total.successRate) },
    counted('Compactions', activity.compactions, before.activity.compactions),
    ...(security.posture === null ? [] : [postureFigure(security.posture)]),
  ];
}

function callsChart({ calls }: WeeklyReport, axis: TimeAxis): Block {
  return {
    kind: 'chart',
    chart: {
      title: `Calls by ${axis.step}`,
      labels: axis.labels,
      series: [
        {
          name: 'went well',
          values: axis.place(
            calls.days.map((line) => ({ day: line.day, value: line.calls - line.failed })),
          ),
        },
        {
          name: 'failed',
          values: axis.place(calls.days.map((line) => ({ day: line.day, value: line.failed }))),
        },
      ],
      shape: 'bars',
      format: (value) => formatCount(Math.round(value * 10) / 10),
    },
  };
}

function failureBlocks({ failures }: WeeklyReport): readonly Block[] {
  const { told, heeded, failedAgain } = failures.warned;
  return [
    {
      kind: 'table',
      table: {
        columns: [
          ...['Command', 'Error'].map((name) => ({ name })),
          ...['Failures', 'Sessions'].map((name) => ({ name, isNumber: true })),
          { name: 'What worked instead' },
        ],
        rows: failures.top.map(({ command, tool, error, failures: count, sessions, fix }) => [
          tool === 'Bash' ? command : `${tool} ${command}`,
          error,
          ...[count, sessions].map(formatCount),
          fix ?? '–',
        ]),
        empty: 'No known failure came again.',
      },
    },
    {
      kind: 'note',
      text: `Warnings before a known failure: ${formatCount(told)}; heeded: ${formatCount(heeded)}; failed again: ${formatCount(failedAgain)}.`,
    },
  ];
}
