import { formatBytes, formatCount, formatDuration, plural } from '../core/units.ts';
import type { HandlerStats } from '../query/handler-stats.ts';
import type { Backlog } from '../query/reports/performance-findings.ts';
import type { Calls } from '../query/reports/read-calls.ts';
import type { PerformanceReport } from '../query/reports/read-report.ts';
import type { OwnCost } from '../query/reports/read-own-cost.ts';
import type { WorkerDay, WorkerFigures } from '../query/reports/read-worker-figures.ts';
import {
  type Block,
  changeText,
  type Figure,
  type Section,
  type TimeAxis,
} from './report-document.ts';
import { shortCount } from './cost-sections.ts';

const MAX_TOOLS = 12;

/** `4 ms`, `1.2 s`, `2m 3s`; `–` where it is not known. */
export function latencyText(ms: number | null): string {
  if (ms === null) return '–';
  const [size, unit] = ms < 1_000 ? [ms, 'ms'] : [ms / 1_000, 's'];
  return ms < 60_000 ? `${Math.round(size * 10) / 10} ${unit}` : formatDuration(ms);
}

/** What waymark itself used: processor time, disk, tokens. */
export function ownCostBlocks({
  workerCpuMs,
  disk,
  diskBudget,
  told,
  tokensAtMost,
}: OwnCost): readonly Block[] {
  const texts = Object.values(told).reduce((sum, count) => sum + count, 0);
  const figures: readonly Figure[] = [
    {
      label: 'Processor time of workers',
      value: latencyText(workerCpuMs),
    },
    {
      label: 'Disk',
      value: formatBytes(disk.total),
      ...(diskBudget === null ? {} : { note: `of ${formatBytes(diskBudget)}` }),
    },
    {
      label: 'Messages to Claude',
      value: plural(texts, 'text'),
      note: texts === 0 ? '' : `at most ${plural(tokensAtMost, 'token')}`,
    },
  ];
  return [
    { kind: 'figures', figures },
    {
      kind: 'note',
      text: 'Processor time of hooks is not in it: `waymark docs performance` says what one takes. Tokens are counted by the longest text that a hook may give.',
    },
  ];
}

/** Calls by tool, most time first. */
export function toolTable({ tools }: Calls): Block {
  const heads = ['Calls', 'Failed', 'Refused', 'Time', 'Usual', '95 % within'];
  return {
    kind: 'table',
    table: {
      columns: [{ name: 'Tool' }, ...heads.map((name) => ({ name, isNumber: true }))],
      rows: tools
        .slice(0, MAX_TOOLS)
        .map((line) => [
          line.tool,
          ...[line.calls, line.failed, line.rejected].map(formatCount),
          line.timed === 0 ? '–' : formatDuration(line.totalMs),
          ...[latencyText(line.p50Ms), latencyText(line.p95Ms)],
        ]),
      empty: 'No calls were recorded.',
    },
  };
}

/** The sections of the performance report. */
export function performanceSections(
  { worker, before, backlog, handlers, calls, own }: PerformanceReport,
  axis: TimeAxis,
): readonly Section[] {
  return [
    {
      title: 'In short',
      blocks: [
        { kind: 'figures', figures: workerFigures(worker, before) },
        latencyChart(worker, axis),
        throughputChart(worker, axis),
      ],
    },
    { title: 'Queue', blocks: [{ kind: 'figures', figures: backlogFigures(backlog) }] },
    { title: 'Handlers and webhooks', blocks: [handlerTable(handlers)] },
    { title: 'Tools', blocks: [toolTable(calls)] },
    { title: 'What waymark itself used', blocks: ownCostBlocks(own) },
  ];
}

function workerFigures(worker: WorkerFigures, before: WorkerFigures): readonly Figure[] {
  return [
    {
      label: 'Entries processed',
      value: formatCount(worker.processed),
      note: changeText(worker.processed, before.processed),
    },
    { label: 'Usual latency', value: latencyText(worker.p50Ms), note: 'from hook to store' },
    {
      label: '95 % within',
      value: latencyText(worker.p95Ms),
      note: worker.worstP95Ms === null ? '' : `at worst ${latencyText(worker.worstP95Ms)}`,
    },
    {
      label: 'Most entries per second',
      value: formatCount(worker.mostPerSecond),
      note: 'over a minute',
    },
    { label: 'Failed attempts', value: formatCount(worker.failed) },
    { label: 'Given up', value: formatCount(worker.dead) },
  ];
}

function backlogFigures(backlog: Backlog): readonly Figure[] {
  return [
    ['Waiting', backlog.pending],
    ['Delayed', backlog.delayed],
    ['At work', backlog.processing],
    ['Dead entries', backlog.deadEntries],
    ['Dead deliveries', backlog.deadDeliveries],
    ['Workers', backlog.workers],
    ['Hook errors', backlog.hookErrors],
  ].map(([label, count]) => ({ label: String(label), value: formatCount(Number(count)) }));
}

function latencyChart({ days }: WorkerFigures, axis: TimeAxis): Block {
  const place = (value: (day: WorkerDay) => number | null): readonly number[] =>
    axis.place(
      days.map((day) => ({ day: day.day, value: value(day) ?? 0 })),
      'most',
    );
  return {
    kind: 'chart',
    chart: {
      title: `Latency by ${axis.step}`,
      labels: axis.labels,
      series: [
        { name: 'usual', values: place(({ p50Ms }) => p50Ms) },
        { name: '95 % within', values: place(({ p95Ms }) => p95Ms) },
      ],
      shape: 'lines',
      format: latencyText,
    },
  };
}

function throughputChart({ days }: WorkerFigures, axis: TimeAxis): Block {
  return {
    kind: 'chart',
    chart: {
      title: `Entries by ${axis.step}`,
      labels: axis.labels,
      series: [
        {
          name: 'processed',
          values: axis.place(days.map(({ day, processed }) => ({ day, value: processed }))),
        },
        {
          name: 'failed attempts',
          values: axis.place(days.map(({ day, failed }) => ({ day, value: failed }))),
        },
      ],
      shape: 'bars',
      format: shortCount,
    },
  };
}

function handlerTable(handlers: readonly HandlerStats[]): Block {
  const heads = ['Attempts', 'Failed', 'Done', 'Waiting', 'Dead', 'Usual', '95 % within'];
  return {
    kind: 'table',
    table: {
      columns: [{ name: 'Handler' }, ...heads.map((name) => ({ name, isNumber: true }))],
      rows: handlers.map((line) => [
        line.handler,
        ...[line.runs, line.failures, line.done, line.due + line.running, line.dead].map(
          formatCount,
        ),
        ...[latencyText(line.p50Ms), latencyText(line.p95Ms)],
      ]),
      empty: 'No deliveries were recorded.',
    },
  };
}
