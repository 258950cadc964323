import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../../core/json.ts';
import { redactTokens } from '../../../secrets/redact.ts';
import { readJsonReport } from './json-report.ts';
import { readTextReport } from './text-report.ts';

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
  /** How many it counted; left out where it does not say. */
  readonly findings?: number;
  readonly severities: Readonly<Record<string, number>>;
  /** Those that it names, at most {@link MOST_FINDINGS}. */
  readonly found: readonly Finding[];
}

export const MOST_FINDINGS = 20;

/** Without one of these a text is no report of a scanner. Most results are looked at for nothing: plain texts are found faster than patterns. */
// biome-ignore format: a list
const SIGNS = ['vulnerabilit', 'leaks found', 'secretlint', 'RUSTSEC-', ' finding', 'Findings: ', '"vulns"', '"check_id"', '"RuleID"', '"advisories"', '"Vulnerabilities"', 'Total: '];

const LONGEST = 1_000_000;
const TEXT_LIMIT = 200;

/** What a text says, if it is the output of a scanner that is known. Total, linear. */
export function readScanReport(text: string): ScanReport | undefined {
  if (text.length > LONGEST || !SIGNS.some((sign) => text.includes(sign))) return undefined;
  const plain = text.replace(ANSI, '');
  const report = readJsonReport(plain) ?? readTextReport(plain);
  return report === undefined
    ? undefined
    : { ...report, found: report.found.slice(0, MOST_FINDINGS).map(slim) };
}

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

function slim(finding: Finding): Finding {
  const fields = Object.entries(finding).map(([name, text]) => [
    name,
    redactTokens(String(text)).slice(0, TEXT_LIMIT),
  ]);
  return { name: '', ...Object.fromEntries(fields) };
}

/** A report that was stored as JSON. */
export function scanReportIn(note: JsonObject): ScanReport | undefined {
  if (!Array.isArray(note['found'])) return undefined;
  const severities = Object.entries(objectField(note, 'severities')).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, value] as const] : [],
  );
  const findings = numberField(note, 'findings');
  const found = note['found'].flatMap((entry: unknown): readonly Finding[] => {
    const name = isJsonObject(entry) ? stringField(entry, 'name') : undefined;
    return name === undefined || !isJsonObject(entry) ? [] : [{ name, ...textsOf(entry) }];
  });
  return {
    ...(findings === undefined ? {} : { findings }),
    severities: Object.fromEntries(severities),
    found,
  };
}

function textsOf(entry: JsonObject): Partial<Finding> {
  const fields = ['severity', 'id', 'title', 'place'].flatMap((name) => {
    const text = stringField(entry, name);
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(fields);
}
