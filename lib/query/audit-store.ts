import { isJsonObject, parseJson } from '../core/json.ts';
import type { Database, Row, SqlValue } from '../store/database.ts';
import { mapStrings } from '../secrets/map-strings.ts';
import { redactText } from '../secrets/redact-event.ts';
import { textTables, type TextTable } from './text-tables.ts';

/** A place in the store that holds a secret. Says where and which kind, never what. */
export interface AuditFinding {
  readonly table: string;
  readonly column: string;
  /**
   * The row's key, its parts joined by a space; a part that is a finding itself reads `[redacted]`.
   */
  readonly rowKey: string;
  /** `secret`. */
  readonly kind: string;
}

/** Rows per read: bounds memory, and lets the worker write in between. */
const CHUNK_ROWS = 200;

/** One text column of one row that may hold a secret. */
interface Cell {
  readonly row: Row;
  readonly column: string;
}

/**
 * Looks through every text of every table for what {@link redactEvent} would have taken out. Reads
 * into JSON, so that a field's name counts.
 * @throws {@link StoreFault} when the store cannot be read.
 */
export function auditStore(database: Database): readonly AuditFinding[] {
  const findings: AuditFinding[] = [];
  for (const table of textTables(database)) {
    let last: readonly SqlValue[] | undefined;
    for (;;) {
      const rows = table.read(last, CHUNK_ROWS);
      findings.push(...auditRows(table, rows));
      const end = rows.at(-1);
      if (end === undefined || rows.length < CHUNK_ROWS) break;
      last = table.keyOf(end);
    }
  }
  return findings;
}

function auditRows(table: TextTable, rows: readonly Row[]): readonly AuditFinding[] {
  const found = rows.flatMap((row) => cellsOf(table, row));
  return found.map(({ row, column }) => {
    const unsafe = found.filter((cell) => cell.row === row).map((cell) => cell.column);
    const rowKey = table.key
      .map((part) => (unsafe.includes(part) ? '[redacted]' : String(row[part])))
      .join(' ');
    return { table: table.name, column, rowKey, kind: 'secret' };
  });
}

function cellsOf(table: TextTable, row: Row): readonly Cell[] {
  return table.columns
    .filter((column) => {
      const text = row[column];
      return typeof text === 'string' && holdsSecret(text, column);
    })
    .map((column) => ({ row, column }));
}

function holdsSecret(text: string, name: string): boolean {
  let found = false;
  eachText(text, name, (part, field) => {
    found ||= redactText(part, field) !== part;
  });
  return found;
}

/** The texts in a JSON object or array, or `text` itself. */
function eachText(text: string, name: string, visit: (text: string, name: string) => void): void {
  const parsed = /^[[{]/.test(text) ? parseJson(text) : undefined;
  if (!isJsonObject(parsed) && !Array.isArray(parsed)) {
    visit(text, name);
    return;
  }
  mapStrings({ [name]: parsed }, (part, field) => {
    visit(part, field);
    return part;
  });
}
