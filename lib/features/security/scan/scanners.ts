import { isJsonObject } from '../../../core/json.ts';
import { redactTokens } from '../../../secrets/redact.ts';
import { phraseOf } from '../../../shell/program-words.ts';
import { shellLine } from '../../../shell/shell-line.ts';
import { readCutNpmJson, readNpmJson, readNpmText } from './npm-audit.ts';
import { readSarif } from './sarif.ts';
import type { Finding, ScanReport } from './scan-report.ts';
import { readSecretlintJson, readSecretlintText } from './secretlint.ts';

/** Scanners by the beginning of their call. Others are recognised by their SARIF output. */
const SCANNERS: ReadonlyArray<readonly [name: string, call: RegExp]> = [
  ['npm-audit', /^npm (?:-\S+ (?:[^\s-]\S* )?)*audit(?! signatures)(?: |$)/],
  ['secretlint', /^secretlint\b/],
];

/** Returns the scanner that a command runs, or `undefined`. */
export function detectScanner(command: string): string | undefined {
  // no need to parse the others
  if (!/audit|secretlint/.test(command)) return undefined;
  const phrases = shellLine(command).programs.map(phraseOf);
  if (phrases.some((phrase) => / (?:--help|-h|--version)(?: |$)/.test(phrase))) return undefined;
  return SCANNERS.find(([, call]) => phrases.some((phrase) => call.test(phrase)))?.[0];
}

/** Maximum number of kept findings per report. */
export const MAX_FINDINGS = 20;

/**
 * A text without one of these is not a report. Most results are not, and plain texts are found
 * faster than patterns.
 */
const SIGNS = ['vulnerabilit', 'secretlint', '"runs"'];

const LONGEST = 1_000_000;
const TEXT_LIMIT = 200;

/** Parses a text if it is the output of a known scanner. Never fails, linear. */
export function readScanReport(text: string): ScanReport | undefined {
  if (text.length > LONGEST || !SIGNS.some((sign) => text.includes(sign))) return undefined;
  const plain = text.replace(ANSI, '');
  const report = readJson(plain) ?? readNpmText(plain) ?? readSecretlintText(plain);
  return report === undefined
    ? undefined
    : { ...report, found: report.found.slice(0, MAX_FINDINGS).map(slim) };
}

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

function readJson(text: string): ScanReport | undefined {
  const from = text.search(/^\s*[[{]/m);
  if (from === -1) return undefined;
  const body = text.slice(from).trim();
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return readCutNpmJson(body);
  }
  if (Array.isArray(parsed)) return readSecretlintJson(parsed);
  return isJsonObject(parsed) ? (readNpmJson(parsed) ?? readSarif(parsed)) : undefined;
}

function slim(finding: Finding): Finding {
  const fields = Object.entries(finding).map(([name, text]) => [
    name,
    redactTokens(String(text)).slice(0, TEXT_LIMIT),
  ]);
  return { name: '', ...Object.fromEntries(fields) };
}
