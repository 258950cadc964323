/**
 * Context windows, in tokens, by the start of the model's name. Neither transcripts nor hook payloads say them; these were measured with real
 * clients. A later version of a model counts as its family until it is measured.
 */
const WINDOWS: ModelWindows = [
  ['claude-opus-4-8', 1_000_000],
  ['claude-opus-5', 1_000_000],
  ['claude-haiku-4-5', 200_000],
  ['claude-sonnet-4-5', 200_000],
];

/** Windows in tokens by the start of the model's name; the longest name that fits counts. */
export type ModelWindows = ReadonlyArray<readonly [model: string, tokens: number]>;

/** The largest window that there is: what a name ending in `[1m]` says, and what more tokens than the assumed window prove. */
export const LARGEST_WINDOW = 1_000_000;

/** The context window of a model in tokens by its name alone, or `undefined` for one that is not known. */
export function modelWindow(model: string): number | undefined {
  return isLarge(model) ? LARGEST_WINDOW : windowIn(WINDOWS, model);
}

/** The window that a list gives a model, or `undefined`. */
export function windowIn(windows: ModelWindows, model: string): number | undefined {
  const fitting = windows.filter(([name]) => isVersionOf(bareModel(model), name));
  return fitting.sort(([one], [other]) => other.length - one.length)[0]?.[1];
}

/** Whether the name carries the suffix `[1m]`, which transcripts leave out. */
export function isLarge(model: string): boolean {
  return /\[1m\]$/i.test(model);
}

/** Whether two names mean one model: with or without `[1m]`, with or without the date that the API adds. */
export function isSameModel(one: string, other: string): boolean {
  return (
    isVersionOf(bareModel(one), bareModel(other)) || isVersionOf(bareModel(other), bareModel(one))
  );
}

const ENTRY = /^([^=\s]+)=(\d{1,10})([km]?)$/i;

/** The windows in a setting such as `claude-x=400000`, `claude-x=400k`, `claude-x=1m`; an entry that is none is left out. */
export function parseModelWindows(entries: readonly string[]): ModelWindows {
  return entries.flatMap((entry) => {
    const [, model, digits, unit = ''] = ENTRY.exec(entry) ?? [];
    const tokens = Number(digits) * ({ k: 1_000, m: 1_000_000 }[unit.toLowerCase()] ?? 1);
    return model === undefined || !(tokens > 0) ? [] : [[model, tokens] as const];
  });
}

function bareModel(model: string): string {
  return isLarge(model) ? model.slice(0, -'[1m]'.length) : model;
}

function isVersionOf(model: string, name: string): boolean {
  return model === name || model.startsWith(`${name}-`) || model.startsWith(`${name}@`);
}
