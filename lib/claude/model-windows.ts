/**
 * Context windows, in tokens, by the start of the model's name. Neither transcripts nor hook payloads say them; these were measured with real
 * clients. A later version of a model counts as its family until it is measured.
 */
const WINDOWS: ReadonlyArray<readonly [prefix: string, tokens: number]> = [
  ['claude-opus-4-8', 1_000_000],
  ['claude-opus-5', 1_000_000],
  ['claude-haiku-4-5', 200_000],
  ['claude-sonnet-4-5', 200_000],
];

const LARGEST = 1_000_000;

/** The context window of a model in tokens, or `undefined` for one that is not known. The suffix `[1m]` says a million whatever the model. */
export function modelWindow(model: string): number | undefined {
  if (/\[1m\]$/i.test(model)) return LARGEST;
  return WINDOWS.find(([prefix]) => model === prefix || model.startsWith(`${prefix}-`))?.[1];
}

/**
 * How full the context is, 0 to 100 with one decimal, or `null` when the model's window is not known.
 * More tokens than the window holds mean that the session runs with the larger one.
 */
export function contextPercent(tokens: number, model: string | null): number | null {
  const known = model === null ? undefined : modelWindow(model);
  if (known === undefined && tokens <= 200_000) return null;
  const window = known === undefined || tokens > known ? LARGEST : known;
  return Math.min(100, Math.round((tokens / window) * 1000) / 10);
}
