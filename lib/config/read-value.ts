import type { Setting, SettingValue } from './hook-settings.ts';

/** A value that a setting accepts, or the reason why not. */
export type ReadValue =
  | { readonly ok: true; readonly value: SettingValue }
  | { readonly ok: false; readonly reason: string };

/** Reads one setting from text (environment, flag) or from a parsed JSON value (config file). Never throws. */
export function readValue(setting: Setting, raw: unknown): ReadValue {
  switch (setting.kind) {
    case 'flag':
      return readFlag(raw);
    case 'list':
      return checkEntries(setting, readList(raw));
    case 'choice':
      return typeof raw === 'string' && setting.choices?.includes(raw)
        ? { ok: true, value: raw }
        : { ok: false, reason: `expected one of ${setting.choices?.join(', ')}` };
    default:
      return readNumber(setting, raw);
  }
}

function readFlag(raw: unknown): ReadValue {
  if (typeof raw === 'boolean') return { ok: true, value: raw };
  if (raw === '1' || raw === 'true' || raw === 'on') return { ok: true, value: true };
  if (raw === '0' || raw === 'false' || raw === 'off') return { ok: true, value: false };
  return { ok: false, reason: 'expected true or false' };
}

function readList(raw: unknown): ReadValue {
  if (typeof raw === 'string' && raw.trimStart().startsWith('[')) return readJsonList(raw); // entries that hold commas
  if (typeof raw === 'string')
    return {
      ok: true,
      value: raw
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    };
  if (
    Array.isArray(raw) &&
    raw.every(
      (part): part is string | number => typeof part === 'string' || typeof part === 'number',
    )
  ) {
    return { ok: true, value: raw.map(String) };
  }
  return { ok: false, reason: 'expected a list of texts' };
}

function readJsonList(text: string): ReadValue {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return readList(list);
  } catch {
    // it says so below
  }
  return { ok: false, reason: 'expected a list of texts, or one in JSON' };
}

function checkEntries({ entries, check }: Setting, read: ReadValue): ReadValue {
  if (!read.ok || !Array.isArray(read.value)) return read;
  const texts = read.value.map(String);
  if (entries !== undefined && !texts.every((entry) => entries.shape.test(entry)))
    return { ok: false, reason: `expected entries such as ${entries.example}` };
  const problem =
    check === undefined
      ? undefined
      : texts.flatMap((entry, index) => nameProblem(index, check(entry)))[0];
  return problem === undefined ? read : { ok: false, reason: problem };
}

function nameProblem(index: number, problem: string | undefined): readonly string[] {
  return problem === undefined ? [] : [`entry ${index + 1}: ${problem}`];
}

function readNumber(setting: Setting, raw: unknown): ReadValue {
  const value =
    typeof raw === 'number'
      ? raw
      : typeof raw === 'string' && raw.trim() !== ''
        ? Number(raw)
        : Number.NaN;
  const [least, most] = setting.range ?? [0, Number.MAX_SAFE_INTEGER];
  if (!Number.isFinite(value) || value < least || value > most)
    return { ok: false, reason: `expected a number from ${least} to ${most}` };
  if ((setting.kind === 'count' || setting.kind === 'bytes') && !Number.isInteger(value))
    return { ok: false, reason: 'expected a whole number' };
  return { ok: true, value };
}
