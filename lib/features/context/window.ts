import { isSameModel } from '../../claude/model-name.ts';
import {
  LARGEST_WINDOW,
  type ModelWindows,
  modelWindow,
  statedWindow,
  windowIn,
} from '../../claude/model-windows.ts';

/**
 * Where the size of a window is known from: the client's status line, the model that a SessionStart named, the user's setting, the table of
 * measured models, or more tokens than the window thought of could hold.
 */
export type WindowSource = 'status-line' | 'session-start' | 'setting' | 'table' | 'observed';

export interface KnownWindow {
  readonly tokens: number;
  readonly source: WindowSource;
}

/** All that is known of the windows of one session. Times are milliseconds since the epoch. */
export interface WindowClues {
  /** What the status line showed last. */
  readonly seen:
    | { readonly model: string; readonly tokens: number; readonly at: number }
    | undefined;
  /** The model that the last SessionStart named. */
  readonly started: { readonly model: string; readonly at: number } | undefined;
  /** Whether this model was ever given more tokens than that; `null`: whatever answered without a name. */
  readonly hasHeldMore: (model: string | null, tokens: number) => boolean;
  /** The user's setting. */
  readonly configured: ModelWindows;
}

/**
 * The window that one size is measured by. What the client itself said goes first, unless the model has changed since; an unknown model has none.
 * @param model As the transcript writes it.
 * @param at When the model answered.
 */
export function contextWindow(
  { seen, started, hasHeldMore, configured }: WindowClues,
  model: string | null,
  at: number,
): KnownWindow | undefined {
  const isStill = (said: { readonly model: string; readonly at: number }): boolean =>
    model === null || said.at >= at || isSameModel(said.model, model);
  const assumed = (): KnownWindow | undefined => {
    if (seen !== undefined && isStill(seen)) return { tokens: seen.tokens, source: 'status-line' };
    const stated = started === undefined ? undefined : statedWindow(started.model);
    if (started !== undefined && stated !== undefined && isStill(started))
      return { tokens: stated, source: 'session-start' };
    return byName(model ?? started?.model, configured);
  };
  const window = assumed();
  const isTooSmall =
    window !== undefined && window.tokens < LARGEST_WINDOW && hasHeldMore(model, window.tokens);
  return isTooSmall ? { tokens: LARGEST_WINDOW, source: 'observed' } : window;
}

/**
 * How full a window is, 0 to 100. Cut after one decimal, so that rounding it to a whole number gives what the client shows:
 * input and cache, read and written, without the answer.
 */
export function percentOf(tokens: number, window: number): number {
  return Math.min(100, Math.floor((tokens * 1_000) / window) / 10);
}

function byName(model: string | undefined, configured: ModelWindows): KnownWindow | undefined {
  if (model === undefined) return undefined;
  const set = windowIn(configured, model);
  if (set !== undefined) return { tokens: set, source: 'setting' };
  const measured = modelWindow(model);
  return measured === undefined ? undefined : { tokens: measured, source: 'table' };
}
