import { type Goal, isMet, type Result, type Row } from './benchmark.ts';
import type { Report } from './report.ts';

/**
 * A result as a table: one line per row, one column per cell name that any row has, and the goals
 * last.
 */
interface Table {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** Results for a terminal. */
export function renderText(report: Report): string {
  const parts = report.results.map((result) => {
    const { head, lines } = tableOf(result);
    const widths = head.map((_, column) =>
      Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)),
    );
    const text = [head, ...lines].map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    );
    return [
      `${result.title} (${result.benchmark}, ${result.seconds} s)`,
      ...(lines.length === 0 ? [] : text),
      ...skippedLines(result),
    ].join('\n');
  });
  return `${[machineLine(report), ...parts].join('\n\n')}\n`;
}

/** Results as the generated part of docs/performance.md. */
export function renderMarkdown(report: Report): string {
  const parts = report.results.map((result) => {
    const { head, lines } = tableOf(result);
    const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
    const table = [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`);
    const notes = result.rows.flatMap(({ what, note }) =>
      note === undefined ? [] : [`- ${what}: ${note}`],
    );
    return [
      `### ${result.title}`,
      '',
      ...(lines.length === 0 ? [] : [...table, '']),
      ...skippedLines(result).map((line) => `${line}\n`),
      ...(notes.length === 0 ? [] : [...notes, '']),
    ].join('\n');
  });
  return `${machineLine(report)}\n\n${parts.join('\n')}`;
}

function machineLine({ machine, at, quick, seconds }: Report): string {
  const { system, cores, processor, memoryGb, node, shell, fileSystem, moments } = machine;
  const [loads, files] = [
    moments.map(({ load }) => load),
    moments.map(({ filesPerSecond }) => numberText(filesPerSecond)),
  ];
  const made = `${at.slice(0, 10)}, ${Math.round(seconds / 60)} minutes${quick ? ', quick run: not to be quoted' : ''}`;
  return `${system}, ${cores} cores (${processor}), ${memoryGb} GB, Node ${node}, sh is ${shell}, ${fileSystem}, where ${files.join(' to ')} files a second can be made; load ${loads.join(' to ')}; ${made}.`;
}

function skippedLines({ skipped }: Result): readonly string[] {
  return skipped.map((reason) => `Left out: ${reason}.`);
}

function tableOf({ rows }: Result): Table {
  const names = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  const hasGoals = rows.some(({ goals }) => goals !== undefined && goals.length > 0);
  const lines = rows.map((row) => [
    row.what,
    ...names.map((name) => numberText(row.cells[name])),
    ...(hasGoals ? [goalsText(row)] : []),
  ]);
  return { head: ['', ...names, ...(hasGoals ? ['goal'] : [])], lines };
}

function goalsText(row: Row): string {
  return (row.goals ?? [])
    .map((goal) => `${goal.cell} ${boundText(goal)}${isMet(row, goal) === true ? '' : ' (missed)'}`)
    .join(', ');
}

function boundText({ atMost, atLeast }: Goal): string {
  return atMost === undefined ? `≥ ${numberText(atLeast)}` : `≤ ${numberText(atMost)}`;
}

/** Three digits that say something; whole numbers from a hundred on. */
function numberText(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (Number.isInteger(value) || Math.abs(value) >= 100)
    return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 10
    ? value.toFixed(1)
    : Math.abs(value) >= 1
      ? value.toFixed(2)
      : value.toFixed(3);
}
