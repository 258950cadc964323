import { isoTime } from '../core/clock.ts';
import type { Row } from '../store/database.ts';

/** A text column, or `null`. */
export function readTextColumn(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

/** A number column, or `null`. */
export function readNumberColumn(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' ? value : null;
}

/** A column of milliseconds since the epoch as ISO time, or `null`. */
export function readIsoColumn(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'number' ? isoTime(value) : null;
}
