import { formatCount } from '../core/units.ts';
import {
  type LastScan,
  SECURITY_LEVELS,
  type SecurityEvents,
} from '../query/reports/read-security.ts';
import type { SecurityReport } from '../query/reports/read-report.ts';
import type { Posture } from '../query/reports/security-checklist.ts';
import { formatTime } from './session-head.ts';
import {
  type Block,
  changeText,
  type Figure,
  type Section,
  type TimeAxis,
} from './report-document.ts';

/** The overall state, as a card. */
export function postureFigure(posture: Posture): Figure {
  return { label: 'Posture', value: posture };
}

export function securityChart({ days }: SecurityEvents, axis: TimeAxis): Block {
  const used = SECURITY_LEVELS.filter(
    (level) => level !== 'other' || days.some((day) => day.other > 0),
  );
  return {
    kind: 'chart',
    chart: {
      title: `Security events by ${axis.step}`,
      labels: axis.labels,
      series: used.map((level) => ({
        name: level,
        values: axis.place(days.map((line) => ({ day: line.day, value: line[level] }))),
      })),
      shape: 'bars',
      format: (value) => formatCount(Math.round(value * 10) / 10),
    },
  };
}

/** The sections of the security report. */
export function securitySections(
  { posture, checklist, events, before }: SecurityReport,
  axis: TimeAxis,
): readonly Section[] {
  const { levels, lines, scans, total } = events;
  const [grave, graveBefore] = [levels, before.levels].map((one) => one.critical + one.high);
  return [
    {
      title: 'In short',
      blocks: [
        {
          kind: 'figures',
          figures: [
            postureFigure(posture),
            {
              label: 'Security events',
              value: formatCount(total),
              note: changeText(total, before.total),
            },
            {
              label: 'Critical or high',
              value: formatCount(grave ?? 0),
              note: changeText(grave ?? 0, graveBefore ?? 0),
            },
            {
              label: 'Checks that fail',
              value: `${checklist.filter(({ ok }) => !ok).length} of ${checklist.length}`,
            },
          ],
        },
        securityChart(events, axis),
      ],
    },
    { title: 'Checklist', blocks: [{ kind: 'checks', checks: checklist }] },
    {
      title: 'What was found',
      blocks: [
        {
          kind: 'table',
          table: {
            columns: [
              ...['Severity', 'Rule', 'What'].map((name) => ({ name })),
              ...['Times', 'Ran', 'Sessions'].map((name) => ({ name, isNumber: true })),
              { name: 'Last' },
            ],
            rows: lines.map((line) => [
              line.severity,
              line.rule,
              line.message,
              ...[line.count, line.ran, line.sessions].map(formatCount),
              timeOf(line.lastAt),
            ]),
            empty: 'Nothing was found. `waymark docs security-events` says what is looked for.',
          },
        },
      ],
    },
    { title: 'Latest scans', blocks: [scanTable(scans)] },
  ];
}

function scanTable(scans: readonly LastScan[]): Block {
  return {
    kind: 'table',
    table: {
      columns: [
        ...['Scanner', 'Folder', 'When'].map((name) => ({ name })),
        ...['Findings', 'Critical or high'].map((name) => ({ name, isNumber: true })),
      ],
      rows: scans.map(({ scanner, project, at, findings, grave }) => [
        ...[scanner, project ?? '–', timeOf(at)],
        ...[findings === null ? '–' : formatCount(findings), formatCount(grave)],
      ]),
      empty: 'No scan was recorded.',
    },
  };
}

function timeOf(at: string | null): string {
  return at === null ? '–' : formatTime(Date.parse(at));
}
