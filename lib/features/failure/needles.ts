import { writeView } from '../../core/write-view.ts';
import type { Database } from '../../store/database.ts';

/** Most lines: `grep` reads the file at every call. */
export const MOST_NEEDLES = 500;
const MOST_BYTES = 65_536;

/** Shorter ones would select nearly everything, an empty one everything. */
const LEAST_UNITS = 2;

/** Distinct needles that are looked at, the surest first: so many that only a store made for the purpose has more. */
const MOST_LOOKED_AT = 20_000;

const SUREST =
  'SELECT needle, max(confidence) AS confidence FROM failure_needles GROUP BY needle ORDER BY confidence DESC, needle LIMIT ?';

/**
 * Writes what a coming call must contain for it to be worth a look: at most {@link MOST_NEEDLES} lines, as they stand in the client's JSON.
 * @param others Needles of other features, already as they stand there; they come first.
 */
export function writeNeedles(
  database: Database,
  views: string,
  others: readonly string[] = [],
): void {
  const found = database.prepare(SUREST).all(MOST_LOOKED_AT);
  const own = needleLines(found.map((row) => String(row['needle'])));
  const lines = [...new Set([...others.filter(isUsable), ...own])].slice(0, MOST_NEEDLES);
  writeView(views, 'failures/needles', lines.map((line) => `${line}\n`).join(''));
}

/**
 * The lines of the needle file, for needles in the order of their worth. Where there are too many, those of a program that has many are one: the program alone,
 * until all fit; where that does not help, the first ones.
 */
export function needleLines(needles: readonly string[]): readonly string[] {
  const distinct = [...new Set(needles.filter(isUsable))];
  const coarse = distinct.length <= MOST_NEEDLES ? distinct : [...new Set(coarser(distinct))];
  const lines: string[] = [];
  let bytes = 0;
  for (const line of coarse.map(escaped)) {
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length === MOST_NEEDLES || bytes > MOST_BYTES) break;
    lines.push(line);
  }
  return lines;
}

/** Programs become one line each, those with the most lines first, until the rest fits. */
function coarser(needles: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const needle of needles)
    counts.set(programOf(needle), (counts.get(programOf(needle)) ?? 0) + 1);
  const joined = new Set<string>();
  let lines = needles.length;
  for (const [program, count] of [...counts].sort(([, one], [, other]) => other - one)) {
    if (lines <= MOST_NEEDLES || count === 1) break;
    if (program.length < LEAST_UNITS) continue;
    joined.add(program);
    lines -= count - 1;
  }
  return needles.map((needle) => (joined.has(programOf(needle)) ? programOf(needle) : needle));
}

function programOf(needle: string): string {
  return needle.split(' ', 1)[0] ?? needle;
}

function isUsable(needle: string): boolean {
  return needle.length >= LEAST_UNITS && needle.trim() !== '';
}

/** As it stands in the client's JSON, without the quotes. */
function escaped(needle: string): string {
  return JSON.stringify(needle).slice(1, -1);
}
