import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../../core/json.ts';

/** One weak place or secret, as far as a scanner names it. Never the secret itself. */
export interface Finding {
  /** A package, a rule, or what else the scanner calls it. */
  readonly name: string;
  /** `critical`, `high`, `medium` or `low`; other words are translated. */
  readonly severity?: string;
  /** Of an advisory: `CVE-…`, `GHSA-…`. */
  readonly id?: string;
  readonly title?: string;
  /** File, and line where known. */
  readonly place?: string;
}

/** What the output of a scanner shows. */
export interface ScanReport {
  /** The scanner, where the report names it. */
  readonly scanner?: string;
  /** How many it counted; left out where it does not say. */
  readonly findings?: number;
  readonly severities: Readonly<Record<string, number>>;
  /** Those that it names. */
  readonly found: readonly Finding[];
}

/** A finding without the fields that the scanner left out, its severity in our words. */
export function findingOf(
  name: string,
  known: { readonly [Field in Exclude<keyof Finding, 'name'>]?: string | undefined },
): Finding {
  const severity = severityWord(known.severity);
  return {
    name,
    ...(severity === undefined ? {} : { severity }),
    ...(known.id === undefined ? {} : { id: known.id }),
    ...(known.title === undefined ? {} : { title: known.title }),
    ...(known.place === undefined ? {} : { place: known.place }),
  };
}

/** A report that names all of its findings, or as many as it counts. */
export function reportOf(found: readonly Finding[], findings = found.length): ScanReport {
  return { findings, severities: countSeverities(found), found };
}

/** How often each severity occurs. */
export function countSeverities(found: readonly Finding[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { severity } of found)
    if (severity !== undefined) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** A file, and the line in it where that is known. */
export function placeOf(file: string | undefined, line: unknown): string | undefined {
  return file === undefined || typeof line !== 'number' ? file : `${file}:${line}`;
}

/** The words of scanners, in ours. */
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

/** A scanner's word for how bad something is, as `critical`, `high`, `medium` or `low`; `undefined` for a word that says nothing. */
export function severityWord(word: string | undefined): string | undefined {
  const lower = (word ?? '').toLowerCase();
  return Object.hasOwn(WORDS, lower) ? WORDS[lower] : undefined;
}

/** A report that was stored as JSON. */
export function scanReportIn(note: JsonObject): ScanReport | undefined {
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
          findingOf(name, {
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
