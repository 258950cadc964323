import type { Setting, SettingValue } from '../../config/hook-settings.ts';

/** Units by kind, the largest first; a value is shown in the largest that divides it. */
const UNITS: Readonly<
  Partial<Record<Setting['kind'], ReadonlyArray<readonly [name: string, size: number]>>>
> = {
  seconds: [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ],
  milliseconds: [
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ],
  bytes: [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
    ['B', 1],
  ],
  percent: [['%', 1]],
};

/** A value as a person reads it: `90 d`, `500 ms`, `2 GiB`, `a,b`. Never rounded. */
export function formatSettingValue(value: SettingValue, { kind }: Setting): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.join(',');
  const units = UNITS[kind];
  const smallest = units?.at(-1);
  if (typeof value !== 'number' || units === undefined || smallest === undefined)
    return String(value);
  const [name, size] =
    units.find(([, one]) => value !== 0 && Number.isInteger(value / one)) ?? smallest;
  return `${value / size} ${name}`;
}

/** An example of what {@link parseSettingText} reads for a kind of value; `undefined` for others. */
export function exampleOf({ kind }: Setting): string | undefined {
  switch (kind) {
    case 'seconds':
      return '90s, 30m, 12h or 7d';
    case 'milliseconds':
      return '500ms or 5s';
    case 'bytes':
      return '500MB or 2GiB';
    default:
      return undefined;
  }
}

/**
 * The number that a text such as `7d`, `1m30s`, `500ms` or `2 GiB` means for a setting, as text.
 * Any other text is returned unchanged.
 */
export function parseSettingText(text: string, { kind }: Setting): string {
  const units = UNITS[kind];
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([a-z%]+)\s*/giy)];
  const isWhole = parts.reduce((sum, [part]) => sum + part.length, 0) === text.trim().length;
  if (units === undefined || parts.length === 0 || !isWhole) return text;
  let sum = 0;
  for (const [, amount, unit = ''] of parts) {
    const size = units.find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1];
    if (size === undefined) return text;
    sum += Number(amount) * size;
  }
  return String(sum);
}
