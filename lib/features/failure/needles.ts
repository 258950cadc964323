import { writeView } from '../../core/write-view.ts';
import type { Database } from '../../store/database.ts';
import { type Commonness, commonnessIn } from './everyday-calls.ts';
import { type Literals, literalsIn } from './needle-literals.ts';

/** Most lines: `grep` reads the file at every call. */
export const MOST_NEEDLES = 500;
const MOST_BYTES = 65_536;

/** Shorter ones would select nearly everything, an empty one everything. */
const LEAST_UNITS = 2;

/** Commands that are looked at, the surest first: so many that only a store made for the purpose has more. */
const MOST_LOOKED_AT = 20_000;

/** From so many on, choosing costs more than it saves: program and subcommand have to do. */
const MOST_CHOSEN = 2_000;

const SUREST = `SELECT literals FROM failure_needles ORDER BY confidence DESC, command_key LIMIT ${MOST_LOOKED_AT}`;

/**
 * Writes what a coming call must contain for it to be worth a look: at most {@link MOST_NEEDLES} lines, as they stand in the client's JSON. For each
 * warning that may be due the rarest of the texts without which it is not.
 * @param others Needles of other features, already as they stand there; they come first.
 */
export function writeNeedles(
  database: Database,
  views: string,
  others: readonly string[] = [],
): void {
  const lists = database
    .prepare(SUREST)
    .all()
    .flatMap((row) => literalsIn(String(row['literals'])));
  const own = needleLines(lists, lists.length > 0 ? commonnessIn(database) : () => 0);
  const lines = [...new Set([...others.filter(isUsable), ...own])].slice(0, MOST_NEEDLES);
  writeView(views, 'failures/needles', lines.map((line) => `${line}\n`).join(''));
}

/**
 * The lines of the needle file, for lists in the order of their worth: of each the rarest text. Where there are too many, those of a program that has
 * many are one: the program alone, until all fit; where that does not help, the first ones.
 */
export function needleLines(
  lists: readonly Literals[],
  commonness: Commonness = () => 0,
): readonly string[] {
  const usable = lists.map((list) => list.filter(isUsable)).filter((list) => list.length > 0);
  const chosen = usable.map((list) => ({
    program: programOf(list.at(-1) ?? ''),
    needle: usable.length > MOST_CHOSEN ? (list.at(-1) ?? '') : rarest(list, commonness),
  }));
  const distinct = [...new Map(chosen.map((one) => [one.needle, one])).values()];
  const fitting =
    distinct.length <= MOST_NEEDLES ? distinct.map(({ needle }) => needle) : coarser(distinct);
  const lines: string[] = [];
  let bytes = 0;
  for (const line of [...new Set(fitting)].map(escaped)) {
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length === MOST_NEEDLES || bytes > MOST_BYTES) break;
    lines.push(line);
  }
  return lines;
}

/** Of equally rare ones a single word, which no line end parts; of those the longest. */
function rarest(list: Literals, commonness: Commonness): string {
  const scored = list.map((text) => ({
    text,
    count: commonness(text),
    words: text.split(' ').length,
  }));
  const [best] = scored.sort(
    (one, other) =>
      one.count - other.count ||
      one.words - other.words ||
      other.text.length - one.text.length ||
      (one.text < other.text ? -1 : 1),
  );
  return best?.text ?? '';
}

interface Chosen {
  readonly program: string;
  readonly needle: string;
}

/** Programs become one line each, those with the most lines first, until the rest fits. */
function coarser(chosen: readonly Chosen[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { program } of chosen) counts.set(program, (counts.get(program) ?? 0) + 1);
  const joined = new Set<string>();
  let lines = chosen.length;
  for (const [program, count] of [...counts].sort(([, one], [, other]) => other - one)) {
    if (lines <= MOST_NEEDLES || count === 1) break;
    if (program.length < LEAST_UNITS) continue;
    joined.add(program);
    lines -= count - 1;
  }
  return chosen.map(({ program, needle }) => (joined.has(program) ? program : needle));
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
