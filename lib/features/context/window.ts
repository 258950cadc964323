import { isSameModel } from '../../claude/model-name.ts';
import {
  MAX_WINDOW,
  type ModelWindows,
  findModelWindow,
  parseStatedWindow,
  findWindow,
} from '../../claude/model-windows.ts';

/**
 * Source of a window size: the client's status line, the model named by SessionStart, the user's
 * setting, the table of measured models, or an observation of more tokens than the assumed window
 * can hold.
 */
export type WindowSource = 'status-line' | 'session-start' | 'setting' | 'table' | 'observed';

export interface KnownWindow {
  readonly tokens: number;
  readonly source: WindowSource;
}

/** Everything known about the windows of one session. Times are milliseconds since the epoch. */
export interface WindowClues {
  /** The window that the status line reported last. */
  readonly seen:
    | { readonly model: string; readonly tokens: number; readonly at: number }
    | undefined;
  /** The model that the last SessionStart named. */
  readonly started: { readonly model: string; readonly at: number } | undefined;
  /**
   * Whether this model ever got more tokens than that. `null`: answers without a model name.
   */
  readonly hasHeldMore: (model: string | null, tokens: number) => boolean;
  /** The user's setting. */
  readonly configured: ModelWindows;
}

/**
 * Returns the window for a context size. The client's own figure wins, unless the model has changed
 * since. An unknown model has no window.
 * @param model As the transcript writes it.
 * @param at When the model answered.
 */
export function resolveContextWindow(
  { seen, started, hasHeldMore, configured }: WindowClues,
  model: string | null,
  at: number,
): KnownWindow | undefined {
  const isStill = (said: { readonly model: string; readonly at: number }): boolean =>
    model === null || said.at >= at || isSameModel(said.model, model);
  const assumed = (): KnownWindow | undefined => {
    if (seen !== undefined && isStill(seen)) return { tokens: seen.tokens, source: 'status-line' };
    const stated = started === undefined ? undefined : parseStatedWindow(started.model);
    if (started !== undefined && stated !== undefined && isStill(started))
      return { tokens: stated, source: 'session-start' };
    return byName(model ?? started?.model, configured);
  };
  const window = assumed();
  const isTooSmall =
    window !== undefined && window.tokens < MAX_WINDOW && hasHeldMore(model, window.tokens);
  return isTooSmall ? { tokens: MAX_WINDOW, source: 'observed' } : window;
}

/**
 * Computes how full a window is, 0 to 100. Cut after one decimal, so that rounding to a whole
 * number gives the client's figure (input and cache, read and written, without the answer).
 */
export function computePercent(tokens: number, window: number): number {
  return Math.min(100, Math.floor((tokens * 1_000) / window) / 10);
}

function byName(model: string | undefined, configured: ModelWindows): KnownWindow | undefined {
  if (model === undefined) return undefined;
  const set = findWindow(configured, model);
  if (set !== undefined) return { tokens: set, source: 'setting' };
  const measured = findModelWindow(model);
  return measured === undefined ? undefined : { tokens: measured, source: 'table' };
}
