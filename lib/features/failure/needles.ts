import type { Database } from '../../store/database.ts';
import { type Commonness, commonnessIn } from './everyday-calls.ts';
import { type Literals, literalsIn } from './needle-literals.ts';
import { surestLiterals } from './table-patterns.ts';

/** Most lines: `grep` reads the file at every call. */
export const MOST_NEEDLES = 500;
const MOST_BYTES = 65_536;

/** Shorter ones would select nearly everything, an empty one everything. */
const LEAST_UNITS = 2;

/** Commands that are looked at, the surest first: so many that only a store made for the purpose has more. */
const MOST_LOOKED_AT = 20_000;

/** From so many on, choosing costs more than it saves: program and subcommand have to do. */
const MOST_CHOSEN = 2_000;

/**
 * What a coming call must contain for a warning to be due: at most {@link MOST_NEEDLES} lines, as they stand in the client's
 * JSON. For each warning that may be due the rarest of the texts without which it is not.
 */
export function failureNeedles(database: Database): readonly string[] {
  const lists = surestLiterals(database, MOST_LOOKED_AT).flatMap(literalsIn);
  return needleLines(lists, lists.length > 0 ? commonnessIn(database) : () => 0);
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
  const chosen = usable.map((list) => {
    const last = list.at(-1) ?? '';
    const text = usable.length > MOST_CHOSEN ? last : rarest(list, commonness);
    return { program: last.split(' ', 1)[0] ?? last, lines: linesOf(text) };
  });
  const lines: string[] = [];
  let bytes = 0;
  for (const line of fitting(chosen)) {
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length === MOST_NEEDLES || bytes > MOST_BYTES) break;
    lines.push(line);
  }
  return lines;
}

/** What may follow a word in JSON when the next word is not one space away: white space, a quote, a line end. */
const PARTINGS = ['  ', ' \\', " '", '\\', "'"];

/** What may follow the last letter of a program in JSON. */
const ENDS = [' ', '\\', '"', "'", ';', ')', '|', '&', '<', '>'];

/**
 * The lines that select every call with a text, as they appear in the client's JSON. Words may be parted by more than one
 * space, so each word but the last is also looked for before any other parting.
 */
function linesOf(text: string): readonly string[] {
  if (text.endsWith(' ')) return ENDS.map((end) => escaped(text.slice(0, -1)) + end);
  const partings = text
    .split(' ')
    .slice(0, -1)
    .flatMap((word) => PARTINGS.map((parting) => escaped(word) + parting));
  return [escaped(text), ...partings];
}

/** Of equally rare texts the one with fewer words; of those the longest. */
function rarest(list: Literals, commonness: Commonness): string {
  const scored = list.map((text) => ({
    text,
    count: linesOf(text).reduce((sum, line) => sum + commonness(line), 0),
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
  readonly lines: readonly string[];
}

/** The lines of all, each once. If there are too many, the programs with the most become one line each until all fit. */
function fitting(chosen: readonly Chosen[]): ReadonlySet<string> {
  const all = new Set(chosen.flatMap(({ lines }) => lines));
  if (all.size <= MOST_NEEDLES) return all;
  const linesByProgram = new Map<string, Set<string>>();
  for (const { program, lines } of chosen) {
    const known = linesByProgram.get(program) ?? new Set();
    for (const line of lines) known.add(line);
    linesByProgram.set(program, known);
  }
  const joined = new Set<string>();
  let count = all.size;
  const most = [...linesByProgram].sort(([, one], [, other]) => other.size - one.size);
  for (const [program, { size }] of most) {
    if (count <= MOST_NEEDLES || size === 1) break;
    if (program.length < LEAST_UNITS) continue;
    joined.add(program);
    count -= size - 1;
  }
  return new Set(
    chosen.flatMap(({ program, lines }) => (joined.has(program) ? escaped(program) : lines)),
  );
}

function isUsable(needle: string): boolean {
  return needle.length >= LEAST_UNITS && needle.trim() !== '';
}

/** As written in the client's JSON, without the quotes. */
function escaped(needle: string): string {
  return JSON.stringify(needle).slice(1, -1);
}
