import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../../core/json.ts';

/** One vulnerability or secret, as named by a scanner. Never the secret itself. */
export interface Finding {
  /** A package, a rule, or another name that the scanner uses. */
  readonly name: string;
  /** `critical`, `high`, `medium` or `low`; other words are translated. */
  readonly severity?: string;
  /** Id of an advisory: `CVE-…`, `GHSA-…`. */
  readonly id?: string;
  readonly title?: string;
  /** File, and line if known. */
  readonly place?: string;
}

/** The content of a scanner's output. */
export interface ScanReport {
  /** The scanner, if the report names it. */
  readonly scanner?: string;
  /** Number of findings; missing if the report has none. */
  readonly findings?: number;
  readonly severities: Readonly<Record<string, number>>;
  /** The named findings. */
  readonly found: readonly Finding[];
}

/** Creates a finding without empty fields, with its severity in our words. */
export function createFinding(
  name: string,
  known: { readonly [Field in Exclude<keyof Finding, 'name'>]?: string | undefined },
): Finding {
  const severity = normalizeSeverity(known.severity);
  return {
    name,
    ...(severity === undefined ? {} : { severity }),
    ...(known.id === undefined ? {} : { id: known.id }),
    ...(known.title === undefined ? {} : { title: known.title }),
    ...(known.place === undefined ? {} : { place: known.place }),
  };
}

/** Creates a report. By default, its count is the number of named findings. */
export function createReport(found: readonly Finding[], findings = found.length): ScanReport {
  return { findings, severities: countSeverities(found), found };
}

/** Counts findings by severity. */
export function countSeverities(found: readonly Finding[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { severity } of found)
    if (severity !== undefined) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Formats a file with its line, if known. */
export function formatPlace(file: string | undefined, line: unknown): string | undefined {
  return file === undefined || typeof line !== 'number' ? file : `${file}:${line}`;
}

/** Severity words of scanners, with ours. */
const WORDS: Readonly<Record<string, string>> = {
  critical: 'critical',
  high: 'high',
  error: 'high',
  moderate: 'medium',
  medium: 'medium',
  warning: 'medium',
  low: 'low',
  info: 'low',
  note: 'low',
};

/**
 * Converts a scanner's severity word to `critical`, `high`, `medium` or `low`; `undefined` for an
 * unknown word.
 */
export function normalizeSeverity(word: string | undefined): string | undefined {
  const lower = (word ?? '').toLowerCase();
  return Object.hasOwn(WORDS, lower) ? WORDS[lower] : undefined;
}

/** Parses a report that was stored as JSON. */
export function parseStoredReport(note: JsonObject): ScanReport | undefined {
  if (!Array.isArray(note['found'])) return undefined;
  const severities = Object.entries(objectField(note, 'severities')).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, value] as const] : [],
  );
  const scanner = stringField(note, 'scanner');
  const findings = numberField(note, 'findings');
  const found = note['found'].flatMap((entry: unknown): readonly Finding[] => {
    const name = isJsonObject(entry) ? stringField(entry, 'name') : undefined;
    return name === undefined || !isJsonObject(entry)
      ? []
      : [
          createFinding(name, {
            severity: stringField(entry, 'severity'),
            id: stringField(entry, 'id'),
            title: stringField(entry, 'title'),
            place: stringField(entry, 'place'),
          }),
        ];
  });
  return {
    ...(scanner === undefined ? {} : { scanner }),
    ...(findings === undefined ? {} : { findings }),
    severities: Object.fromEntries(severities),
    found,
  };
}
