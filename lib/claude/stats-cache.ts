import { isJsonObject, objectField, parseJsonObject, stringField } from '../core/json.ts';
import { countField } from './transcript/line-fields.ts';

/** What the client's own statistics say of one day. */
export interface ClientDay {
  /** `2026-11-22`, as the client counts days. */
  readonly day: string;
  readonly messages: number;
  readonly sessions: number;
  readonly calls: number;
  /** Tokens by model, read and written together, without those of the cache. */
  readonly tokens: ReadonlyMap<string, number>;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The days in `stats-cache.json`, in their order; none where it has another form. Never throws. */
export function parseStatsCache(text: string): readonly ClientDay[] {
  const cache = parseJsonObject(text) ?? {};
  const activity = byDay(cache['dailyActivity']);
  const tokens = byDay(cache['dailyModelTokens']);
  const days = [...new Set([...activity.keys(), ...tokens.keys()])].sort();
  return days.map((day) => {
    const active = activity.get(day) ?? {};
    const models = Object.entries(objectField(tokens.get(day) ?? {}, 'tokensByModel'));
    return {
      day,
      messages: countField(active, 'messageCount'),
      sessions: countField(active, 'sessionCount'),
      calls: countField(active, 'toolCallCount'),
      tokens: new Map(
        models.flatMap(([model, count]) => {
          const tokens = countField({ count }, 'count');
          return tokens === 0 ? [] : [[model.slice(0, 128), tokens] as const];
        }),
      ),
    };
  });
}

function byDay(list: unknown): ReadonlyMap<string, Record<string, unknown>> {
  const entries = Array.isArray(list) ? list.filter(isJsonObject) : [];
  return new Map(
    entries.flatMap((entry) => {
      const day = stringField(entry, 'date') ?? '';
      return DAY.test(day) ? [[day, entry] as const] : [];
    }),
  );
}
