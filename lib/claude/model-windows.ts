import { isVersionOf, parseModelId } from './model-name.ts';

/**
 * Context windows of Claude models in tokens, as Claude Code uses them. As of 2026-11-28: the
 * catalog of client 2.1.197, measurements with 2.1.330, and the published model pages for what is
 * newer. Neither transcripts nor hook payloads say them. The setting `modelWindows` goes before
 * this table. Models that take a million only with `[1m]` count here with what they have without
 * it.
 */
const WINDOWS: Readonly<Record<string, readonly ModelRow[]>> = {
  opus: [
    [[3, 0], 200_000],
    [[4, 0], 200_000],
    [[4, 1], 200_000],
    [[4, 5], 200_000],
    [[4, 6], 200_000],
    [[4, 7], 1_000_000],
    [[4, 8], 1_000_000],
    [[5, 0], 1_000_000],
    [[5, 5], 1_000_000],
  ],
  sonnet: [
    [[3, 0], 200_000],
    [[3, 5], 200_000],
    [[3, 7], 200_000],
    [[4, 0], 200_000],
    [[4, 5], 200_000],
    [[4, 6], 200_000],
    [[5, 0], 1_000_000],
    [[5, 5], 1_000_000],
  ],
  haiku: [
    [[3, 0], 200_000],
    [[3, 5], 200_000],
    [[4, 5], 200_000],
    [[5, 5], 1_000_000],
  ],
  fable: [
    [[5, 0], 1_000_000],
    [[5, 1], 1_000_000],
  ],
  mythos: [
    [[5, 0], 1_000_000],
    [[5, 1], 1_000_000],
  ],
};

type ModelRow = readonly [version: readonly [major: number, minor: number], tokens: number];

/** Windows in tokens by the start of the model's name; the longest name that fits counts. */
export type ModelWindows = ReadonlyArray<readonly [model: string, tokens: number]>;

/** The largest window that there is: what more tokens than the assumed window prove. */
export const MAX_WINDOW = 1_000_000;

/**
 * The context window of a model in tokens by its id alone, or `undefined` for one that is not
 * known. A version that the table does not have counts as the latest one before it in its family.
 */
export function findModelWindow(model: string): number | undefined {
  const { statedWindow, family, version } = parseModelId(model);
  if (statedWindow !== undefined) return statedWindow;
  // an alias means the latest model, which is not the same with every provider
  if (family === undefined || version === undefined) return undefined;
  return (WINDOWS[family] ?? []).filter(([known]) => !isBefore(version, known)).at(-1)?.[1];
}

function isBefore(one: readonly [number, number], other: readonly [number, number]): boolean {
  return one[0] !== other[0] ? one[0] < other[0] : one[1] < other[1];
}

/**
 * The window that a list gives a model, or `undefined`. An entry may be written as any provider
 * writes the model.
 */
export function findWindow(windows: ModelWindows, model: string): number | undefined {
  const entries = windows.map(([name, tokens]) => ({ model: name, tokens }));
  return findLongestMatch(entries, model)?.tokens;
}

/**
 * Of the entries whose names are starts of the model's name the one with the longest, the first of
 * several; `undefined`: there is none.
 */
export function findLongestMatch<Entry extends { readonly model: string }>(
  entries: readonly Entry[],
  model: string,
): Entry | undefined {
  if (entries.length === 0) return undefined;
  const names = namesOf(model);
  const fitting = entries.filter((entry) =>
    namesOf(entry.model).some((start) => names.some((name) => isVersionOf(name, start))),
  );
  return fitting.toSorted((one, other) => lengthOf(other.model) - lengthOf(one.model))[0];
}

/** The id as it is written, and the name in it. */
function namesOf(id: string): readonly string[] {
  const written = id
    .trim()
    .toLowerCase()
    .replace(/\[[^\]]*\]/g, '');
  const { name, family, version } = parseModelId(id);
  const other =
    version === undefined ? name : `claude-${family}-${version.filter(Boolean).join('-')}`;
  return [...new Set([written, name, other])];
}

function lengthOf(entry: string): number {
  return parseModelId(entry).name.length;
}

/** The window that the id states itself, as in `[1m]`; transcripts leave that out. */
export function parseStatedWindow(model: string): number | undefined {
  return parseModelId(model).statedWindow;
}

const ENTRY = /^([^=\s]+)=(\d{1,10})([km]?)$/i;

/**
 * The windows in a setting such as `claude-x=400000`, `claude-x=400k`, `claude-x=1m`; an entry that
 * is none is left out.
 */
export function parseModelWindows(entries: readonly string[]): ModelWindows {
  return entries.flatMap((entry) => {
    const [, model, digits, unit = ''] = ENTRY.exec(entry) ?? [];
    const tokens = Number(digits) * ({ k: 1_000, m: 1_000_000 }[unit.toLowerCase()] ?? 1);
    return model === undefined || !(tokens > 0) ? [] : [[model, tokens] as const];
  });
}
