import { formatCount, formatDuration } from '../core/units.ts';
import type { AgentRuns, RunCounts } from '../query/reports/read-agents.ts';
import type { RoutingReportData } from '../query/reports/read-report.ts';
import {
  type Block,
  changeText,
  percentText,
  type Section,
  type TimeAxis,
} from './report-document.ts';

const RUN_HEADS = ['Runs', 'Success', 'Failed', 'Stopped', 'Tokens', 'Time'];
const NONE = 'No agent ran. `waymark routing` shows all that is known.';

function runCells(counts: RunCounts): readonly string[] {
  return [
    formatCount(counts.runs),
    percentText(counts.successRate),
    formatCount(counts.failed),
    formatCount(counts.stopped),
    counts.tokens === null ? '–' : formatCount(counts.tokens),
    counts.durationMs === null ? '–' : formatDuration(counts.durationMs),
  ];
}

/** Success, tokens and time by kind of agent. */
export function agentTypeTable({ types, total }: AgentRuns): Block {
  return {
    kind: 'table',
    table: {
      columns: [{ name: 'Agent' }, ...RUN_HEADS.map((name) => ({ name, isNumber: true }))],
      rows: types.map((line) => [line.agentType, ...runCells(line)]),
      total: ['all', ...runCells(total)],
      empty: NONE,
    },
  };
}

/** Runs by how they ended. */
export function agentChart({ days }: AgentRuns, axis: TimeAxis): Block {
  const series = (['ok', 'failed', 'stopped'] as const).map((name) => ({
    name,
    values: axis.place(days.map((line) => ({ day: line.day, value: line[name] }))),
  }));
  return {
    kind: 'chart',
    chart: {
      title: `Runs of agents by ${axis.step}`,
      labels: axis.labels,
      series,
      shape: 'bars',
      format: (value) => formatCount(Math.round(value * 10) / 10),
    },
  };
}

/** The sections of the routing report. */
export function routingSections(
  { agents, before, routing: { advice } }: RoutingReportData,
  axis: TimeAxis,
): readonly Section[] {
  const { total, lines } = agents;
  return [
    {
      title: 'In short',
      blocks: [
        {
          kind: 'figures',
          figures: [
            {
              label: 'Runs of agents',
              value: formatCount(total.runs),
              note: changeText(total.runs, before.total.runs),
            },
            {
              label: 'Success',
              value: percentText(total.successRate),
              note:
                before.total.successRate === null
                  ? ''
                  : `${percentText(before.total.successRate)} before`,
            },
            {
              label: 'Tokens per run',
              value: total.tokens === null ? '–' : formatCount(total.tokens),
              note: changeText(total.tokens ?? 0, before.total.tokens ?? 0),
            },
            {
              label: 'Time per run',
              value: total.durationMs === null ? '–' : formatDuration(total.durationMs),
              note: changeText(total.durationMs ?? 0, before.total.durationMs ?? 0),
            },
          ],
        },
        agentChart(agents, axis),
      ],
    },
    { title: 'By kind of agent', blocks: [agentTypeTable(agents)] },
    {
      title: 'By kind of task, agent and model',
      blocks: [
        {
          kind: 'table',
          table: {
            columns: [
              ...['Task', 'Agent', 'Model'].map((name) => ({ name })),
              ...RUN_HEADS.map((name) => ({ name, isNumber: true })),
            ],
            rows: lines.map((line) => [line.kind, line.agentType, line.model, ...runCells(line)]),
            empty: NONE,
          },
        },
      ],
    },
    {
      title: 'Advice from the last 90 days',
      blocks: [
        {
          kind: 'table',
          table: {
            columns: [
              ...['Task', 'Agent', 'Model'].map((name) => ({ name })),
              { name: 'Confidence', isNumber: true },
              { name: 'Why' },
            ],
            rows: advice.map(({ kind, agentType, model, confidence, reason }) => [
              ...[kind, agentType ?? '–', model ?? '–', percentText(confidence), reason],
            ]),
            empty: NONE,
          },
        },
      ],
    },
  ];
}
