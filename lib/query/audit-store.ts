import { isJsonObject, parseJson } from '../core/json.ts';
import type { Database, Row, SqlValue } from '../store/database.ts';
import { mapStrings } from '../secrets/map-strings.ts';
import { mayHoldSecret } from '../secrets/prefilter.ts';
import { redactText } from '../secrets/redact-event.ts';
import type { SecretRedactor } from '../secrets/secret-redactor.ts';
import { textTables, type TextTable } from './text-tables.ts';

/** A place in the store that holds a secret. Says where and which kind, never what. */
export interface AuditFinding {
  readonly table: string;
  readonly column: string;
  /** The row's key, its parts joined by a space; a part that is a finding itself reads `[redacted]`. */
  readonly rowKey: string;
  /** `token-shape`, the library's rule (`github`, `privatekey`, …), or `not-checked` when the scanner gave no answer. */
  readonly kind: string;
}

/** Rows per read: bounds memory, and lets the worker write in between. */
const CHUNK_ROWS = 200;

/** One text column of one row and the loose texts in it. */
interface Cell {
  readonly row: Row;
  readonly column: string;
  readonly kinds: Set<string>;
  readonly suspects: readonly string[];
}

/**
 * Scans every text of every table for what {@link redactEvent} would have taken out. Reads into JSON, so that a
 * field's name counts.
 * @throws {@link StoreFault} when the store cannot be read.
 */
export async function auditStore(
  database: Database,
  redactor: Pick<SecretRedactor, 'scan'>,
): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (const table of textTables(database)) {
    let last: readonly SqlValue[] | undefined;
    for (;;) {
      const rows = table.read(last, CHUNK_ROWS);
      findings.push(...(await auditRows(table, rows, redactor)));
      const end = rows.at(-1);
      if (end === undefined || rows.length < CHUNK_ROWS) break;
      last = table.keyOf(end);
    }
  }
  return findings;
}

async function auditRows(
  table: TextTable,
  rows: readonly Row[],
  redactor: Pick<SecretRedactor, 'scan'>,
): Promise<readonly AuditFinding[]> {
  const cells = rows.flatMap((row) => cellsOf(table, row));
  const suspects = [...new Set(cells.flatMap((cell) => cell.suspects))];
  const scanned = suspects.length === 0 ? [] : await redactor.scan(suspects);
  const rulesOf = new Map(
    suspects.map((text, index) => [
      text,
      scanned[index]?.map(([, , rule]) => rule) ?? ['not-checked'],
    ]),
  );
  for (const cell of cells)
    for (const text of cell.suspects)
      for (const rule of rulesOf.get(text) ?? []) cell.kinds.add(rule);
  const found = cells.filter((cell) => cell.kinds.size > 0);
  return found.flatMap(({ row, column, kinds }) => {
    const unsafe = found.filter((cell) => cell.row === row).map((cell) => cell.column);
    const rowKey = table.key
      .map((part) => (unsafe.includes(part) ? '[redacted]' : String(row[part])))
      .join(' ');
    return [...kinds].map((kind) => ({ table: table.name, column, rowKey, kind }));
  });
}

function cellsOf(table: TextTable, row: Row): readonly Cell[] {
  const cells: Cell[] = [];
  for (const column of table.columns) {
    const text = row[column];
    if (typeof text !== 'string') continue;
    const kinds = new Set<string>();
    const suspects: string[] = [];
    eachText(text, column, (part, name) => {
      const clean = redactText(part, name);
      if (clean !== part) kinds.add('token-shape');
      if (mayHoldSecret(clean)) suspects.push(clean);
    });
    if (kinds.size > 0 || suspects.length > 0) cells.push({ row, column, kinds, suspects });
  }
  return cells;
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
