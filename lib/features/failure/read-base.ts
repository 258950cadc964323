import { isJsonObject, numberField, stringField } from '../../core/json.ts';
import type { Row } from '../../store/database.ts';
import type { KnownPattern, Moment } from './known-pattern.ts';

const KINDS = ['invocation', 'environment', 'result', 'transient', 'information', 'other'] as const;

/** Returns the kind in a row; `other` for one that only a later version knows. */
export function readKind(row: Row): KnownPattern['kind'] {
  return KINDS.find((kind) => kind === row['kind']) ?? 'other';
}

/** Returns each exact command once, with its latest time, latest first. */
export function keepLatestOfEach(moments: readonly Moment[]): readonly Moment[] {
  const latest = new Map<string, number>();
  for (const { exact, at } of moments) latest.set(exact, Math.max(at, latest.get(exact) ?? at));
  return [...latest].map(([exact, at]) => ({ exact, at })).sort((one, other) => other.at - one.at);
}

export function readBaseProjects(base: Row | undefined): readonly string[] {
  return listIn(base, 'projects').filter((item): item is string => typeof item === 'string');
}

export function readFailedMoments(base: Row | undefined): readonly Moment[] {
  return listIn(base, 'failed').flatMap((item) => {
    const exact = isJsonObject(item) ? stringField(item, 'exact') : undefined;
    const at = isJsonObject(item) ? numberField(item, 'at') : undefined;
    return exact === undefined || at === undefined ? [] : { exact, at };
  });
}

function listIn(row: Row | undefined, column: string): readonly unknown[] {
  const text = row?.[column];
  const list: unknown = typeof text === 'string' ? JSON.parse(text) : [];
  return Array.isArray(list) ? list : [];
}
