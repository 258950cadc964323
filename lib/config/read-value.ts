import type { Setting, SettingValue } from './hook-settings.ts';

/** An accepted value, or the reason why it was rejected. */
export type ReadValue =
  /** `problem`: which entries of a list were left out, and why. `value` has the others. */
  | { readonly ok: true; readonly value: SettingValue; readonly problem?: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Parses one setting from text (environment, flag) or from a JSON value (config file). Never
 * throws.
 */
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
  // Entries that contain commas.
  if (typeof raw === 'string' && raw.trimStart().startsWith('[')) return readJsonList(raw);
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
  return { ok: false, reason: 'expected a list of strings' };
}

function readJsonList(text: string): ReadValue {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return readList(list);
  } catch {
    // The code below reports it.
  }
  return { ok: false, reason: 'expected a list of strings, or one in JSON' };
}

/**
 * Drops invalid entries of a list, so that they do not discard the valid ones. Rejects a list
 * without a valid entry.
 */
function checkEntries({ entries, check }: Setting, read: ReadValue): ReadValue {
  if (!read.ok || !Array.isArray(read.value)) return read;
  const problems: string[] = [];
  const good = read.value.map(String).filter((entry, index) => {
    const problem =
      entries?.shape.test(entry) === false
        ? `expected entries such as ${entries.example}`
        : check?.(entry);
    if (problem !== undefined) problems.push(`entry ${index + 1}: ${problem}`);
    return problem === undefined;
  });
  if (problems.length === 0) return read;
  const problem = problems.join('; ');
  return good.length === 0 ? { ok: false, reason: problem } : { ok: true, value: good, problem };
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
