import { plainJson } from '../core/one-line.ts';
import type { ExportRow, ExportTable } from '../query/export-tables.ts';
import { cleanLines } from './session-head.ts';

/** Rows of a table as lines of JSON, with nothing in them that a terminal obeys. */
export function* renderTableJsonLines(
  _table: ExportTable,
  rows: Iterable<ExportRow>,
): Generator<string> {
  for (const row of rows) yield `${plainJson(JSON.stringify(row))}\n`;
}

/**
 * Rows of a table with commas between cells, below a line of names. What is not known is an empty
 * cell.
 */
export function* renderTableCsv(table: ExportTable, rows: Iterable<ExportRow>): Generator<string> {
  yield formatCsvLine(table.columns);
  for (const row of rows) yield formatCsvLine(table.columns.map((column) => cellOf(row[column])));
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A line of a table with commas between its cells. */
export function formatCsvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/** A cell that begins like a formula is text for every spreadsheet. */
function csvCell(value: string): string {
  const text = cleanLines(value);
  const plain = /^[=+\-@]/.test(text) && !isNumber(text) ? `'${text}` : text;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}
