import type { Database } from '../../store/database.ts';
import { type Commonness, measureCommonness } from './everyday-calls.ts';
import { type Literals, parseLiterals } from './needle-literals.ts';
import { readSurestLiterals } from './table-patterns.ts';

/** Most lines: `grep` reads the file at every call. */
export const MAX_NEEDLES = 500;
const MAX_BYTES = 65_536;

/** Shorter needles would select nearly everything, an empty one everything. */
const MIN_UNITS = 2;

/** Maximum number of commands, the most certain first. Only an artificial store has more. */
const MAX_LOOKED_AT = 20_000;

/** Above this number, choosing costs more than it saves: program and subcommand are used. */
const MAX_CHOSEN = 2_000;

/**
 * Returns what a coming call must contain for a warning to be due: at most {@link MAX_NEEDLES}
 * lines, as they appear in the client's JSON. For each possible warning, it chooses the rarest of
 * the required texts.
 */
export function listFailureNeedles(database: Database): readonly string[] {
  const { own, ofTeam } = readSurestLiterals(database, MAX_LOOKED_AT);
  if (own.length + ofTeam.length === 0) return [];
  const commonness = measureCommonness(database);
  const lines = formatNeedleLines(own.flatMap(parseLiterals), commonness);
  return [...lines, ...teamLines(ofTeam.flatMap(parseLiterals), lines, commonness)];
}

/**
 * Maximum lines for what only the team knows. They never make own lines coarser: those of a pattern
 * that do not fit are left out.
 */
export const MAX_TEAM_NEEDLES = 150;

/**
 * Maximum number of this user's recent calls that lines for one pattern of the team may select, so
 * that what others do does not start a hook at what this user does all day.
 */
const MAX_TEAM_COMMONNESS = 4;

function teamLines(
  lists: readonly Literals[],
  own: readonly string[],
  commonness: Commonness,
): readonly string[] {
  const known = new Set(own);
  const lines = new Set<string>();
  const room = Math.min(MAX_TEAM_NEEDLES, MAX_NEEDLES - own.length);
  for (const list of lists.map((texts) => texts.filter(isUsable))) {
    if (list.length === 0) continue;
    const wanted = linesOf(rarest(list, commonness));
    const selected = wanted.reduce((sum, line) => sum + commonness(line), 0);
    const added = wanted.filter((line) => !known.has(line) && !lines.has(line));
    if (selected > MAX_TEAM_COMMONNESS || lines.size + added.length > room) continue;
    for (const line of added) lines.add(line);
  }
  return [...lines];
}

/**
 * Returns the lines of the needle file, for lists in order of importance: the rarest text of each.
 * If there are too many, programs with many lines get one line (the program alone) until all fit;
 * if that is not enough, the first ones are used.
 */
export function formatNeedleLines(
  lists: readonly Literals[],
  commonness: Commonness = () => 0,
): readonly string[] {
  const usable = lists.map((list) => list.filter(isUsable)).filter((list) => list.length > 0);
  const chosen = usable.map((list) => {
    const last = list.at(-1) ?? '';
    const text = usable.length > MAX_CHOSEN ? last : rarest(list, commonness);
    return { program: last.split(' ', 1)[0] ?? last, lines: linesOf(text) };
  });
  const lines: string[] = [];
  let bytes = 0;
  for (const line of fitting(chosen)) {
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length === MAX_NEEDLES || bytes > MAX_BYTES) break;
    lines.push(line);
  }
  return lines;
}

/**
 * What can follow a word in JSON if the next word is not exactly one space away: white space, a
 * quote, a line end.
 */
const PARTINGS = ['  ', ' \\', " '", '\\', "'"];

/** What can follow the last letter of a program in JSON. */
const ENDS = [' ', '\\', '"', "'", ';', ')', '|', '&', '<', '>'];

/**
 * Returns the lines that select every call with a text, as they appear in the client's JSON. Words
 * can be separated by more than one space, so each word but the last is also searched with every
 * other separator.
 */
function linesOf(text: string): readonly string[] {
  if (text.endsWith(' ')) return ENDS.map((end) => escaped(text.slice(0, -1)) + end);
  const partings = text
    .split(' ')
    .slice(0, -1)
    .flatMap((word) => PARTINGS.map((parting) => escaped(word) + parting));
  return [escaped(text), ...partings];
}

/** Returns the rarest text; of equally rare ones, the one with fewer words, then the longest. */
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

/**
 * Returns all lines without duplicates. If there are too many, the programs with the most lines get
 * one line each until all fit.
 */
function fitting(chosen: readonly Chosen[]): ReadonlySet<string> {
  const all = new Set(chosen.flatMap(({ lines }) => lines));
  if (all.size <= MAX_NEEDLES) return all;
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
    if (count <= MAX_NEEDLES || size === 1) break;
    if (program.length < MIN_UNITS) continue;
    joined.add(program);
    count -= size - 1;
  }
  return new Set(
    chosen.flatMap(({ program, lines }) => (joined.has(program) ? escaped(program) : lines)),
  );
}

function isUsable(needle: string): boolean {
  return needle.length >= MIN_UNITS && needle.trim() !== '';
}

/** As written in the client's JSON, without the quotes. */
function escaped(needle: string): string {
  return JSON.stringify(needle).slice(1, -1);
}
