import { type JsonObject, numberField, objectField } from '../core/json.ts';

/** How much of one subscription window is used. */
export interface RateLimit {
  /** As the client calls it. */
  readonly name: string;
  /** Percent, whole. */
  readonly used: number;
  /** When the window begins anew. Milliseconds since the epoch. */
  readonly resetsAt: number;
}

/** The windows that the client tells its status line of, and how long each is in milliseconds. */
const LIMIT_WINDOWS: ReadonlyMap<string, number> = new Map([
  ['five_hour', 5 * 3_600_000],
  ['seven_day', 7 * 86_400_000],
]);

/** Percent above which a figure is a mistake; the client does go past a hundred. */
const MAX_USED = 1_000;

/** The year 2286 in seconds: a larger number is in milliseconds. */
const MAX_SECONDS = 1e10;

/**
 * The windows in the input of the status line. One without both figures is left out: it is not
 * known. Never throws.
 */
export function parseRateLimits(input: JsonObject): readonly RateLimit[] {
  const limits = objectField(input, 'rate_limits');
  return [...LIMIT_WINDOWS.keys()].flatMap((name) => {
    const limit = objectField(limits, name);
    const used = numberField(limit, 'used_percentage');
    const at = numberField(limit, 'resets_at');
    if (used === undefined || at === undefined || at <= 0 || at > MAX_SECONDS * 1_000) return [];
    if (used < 0 || used > MAX_USED) return [];
    const resetsAt = Math.round(at > MAX_SECONDS ? at : at * 1_000);
    return [{ name, used: Math.round(used), resetsAt }];
  });
}

/** How much of a window must be over for its pace to say something. */
const ENOUGH = 0.05;

/**
 * Returns the percentage at the time of reset if it goes on as it did until `at`; `undefined` while
 * too little of the window is over.
 */
export function paceOf({ name, used, resetsAt }: RateLimit, at: number): number | undefined {
  const over = 1 - (resetsAt - at) / (LIMIT_WINDOWS.get(name) ?? 0);
  return over >= ENOUGH && over <= 1 ? Math.round(used / over) : undefined;
}
