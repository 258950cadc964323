import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../../../core/json.ts';
import type { Finding, ScanReport } from './scan-report.ts';
import { countSeverities, severityCounts, severityWord } from './severity-words.ts';

/** What a scanner that was asked for JSON printed; `undefined` for other texts, and for JSON of others. What was cut off is lost, counts and all. */
export function readJsonReport(text: string): ScanReport | undefined {
  const from = text.search(/^\s*[[{]/m);
  if (from === -1) return undefined;
  const body = text.slice(from).trim();
  const parsed = parseOr(body);
  if (Array.isArray(parsed)) return leaks(objectsIn(parsed));
  if (isJsonObject(parsed))
    return (
      npm(parsed) ??
      pnpm(parsed) ??
      trivy(parsed) ??
      pip(parsed) ??
      cargo(parsed) ??
      semgrep(parsed)
    );
  return yarn(body) ?? cutNpm(body);
}

function npm(report: JsonObject): ScanReport | undefined {
  if (!('auditReportVersion' in report)) return undefined;
  const found = Object.entries(objectField(report, 'vulnerabilities')).flatMap(
    ([name, entry]): readonly Finding[] => {
      if (!isJsonObject(entry)) return [];
      const advisory = objectsIn(entry['via'])[0] ?? {};
      return [
        finding(
          name,
          stringField(entry, 'severity'),
          idIn(stringField(advisory, 'url')),
          stringField(advisory, 'title'),
        ),
      ];
    },
  );
  return { ...counted(report), found };
}

function pnpm(report: JsonObject): ScanReport | undefined {
  if (!isJsonObject(report['advisories'])) return undefined;
  const found = Object.values(report['advisories']).flatMap((entry) =>
    isJsonObject(entry) ? advisoryOf(entry) : [],
  );
  return { ...counted(report), found };
}

/** `metadata.vulnerabilities` of npm and pnpm. */
function counted(report: JsonObject): Pick<ScanReport, 'findings' | 'severities'> {
  const counts = objectField(objectField(report, 'metadata'), 'vulnerabilities');
  const severities = severityCounts(
    Object.entries(counts)
      .map(([name, count]) => (name === 'total' ? '' : `${String(count)} ${name}`))
      .join(', '),
  );
  return { findings: numberField(counts, 'total') ?? sum(severities), severities };
}

/** One object a line. */
function yarn(text: string): ScanReport | undefined {
  const lines = objectsIn(text.split('\n').map(parseJsonObject));
  const summary = lines.find((line) => line['type'] === 'auditSummary');
  if (summary === undefined) return undefined;
  const found = lines
    .filter((line) => line['type'] === 'auditAdvisory')
    .map((line) => advisoryOf(objectField(objectField(line, 'data'), 'advisory')));
  return { ...counted({ metadata: objectField(summary, 'data') }), found };
}

/** The start of a long report of npm: what it names can still be read. */
function cutNpm(text: string): ScanReport | undefined {
  if (!text.includes('"auditReportVersion"')) return undefined;
  const entries = [...text.matchAll(/"name": "([^"]{1,214})",\s+"severity": "(\w{1,12})"/g)];
  const found = entries.map(([, name = '', severity]) => finding(name, severity));
  return { severities: countSeverities(found.map(({ severity }) => severity)), found };
}

function trivy(report: JsonObject): ScanReport | undefined {
  if (!Array.isArray(report['Results'])) return undefined;
  const results = objectsIn(report['Results']);
  const weak = results.flatMap((result) => objectsIn(result['Vulnerabilities']));
  const found = weak.map((entry) =>
    finding(
      stringField(entry, 'PkgName') ?? '',
      stringField(entry, 'Severity'),
      stringField(entry, 'VulnerabilityID'),
      stringField(entry, 'Title'),
    ),
  );
  const secrets = results.flatMap((result) =>
    objectsIn(result['Secrets']).map((entry) =>
      finding(
        stringField(entry, 'RuleID') ?? 'secret',
        stringField(entry, 'Severity'),
        undefined,
        undefined,
        stringField(result, 'Target'),
      ),
    ),
  );
  return all([...found, ...secrets]);
}

function pip(report: JsonObject): ScanReport | undefined {
  if (!Array.isArray(report['dependencies'])) return undefined;
  return all(
    objectsIn(report['dependencies']).flatMap((entry) =>
      objectsIn(entry['vulns']).map((weak) =>
        finding(stringField(entry, 'name') ?? '', undefined, stringField(weak, 'id')),
      ),
    ),
  );
}

function cargo(report: JsonObject): ScanReport | undefined {
  const list = objectField(report, 'vulnerabilities')['list'];
  if (!Array.isArray(list)) return undefined;
  const advisories = objectsIn(list).map((entry) => objectField(entry, 'advisory'));
  return all(
    advisories.map((entry) =>
      finding(
        stringField(entry, 'package') ?? '',
        undefined,
        stringField(entry, 'id'),
        stringField(entry, 'title'),
      ),
    ),
  );
}

function semgrep(report: JsonObject): ScanReport | undefined {
  if (!Array.isArray(report['results'])) return undefined;
  const results = objectsIn(report['results']).filter(
    (entry) => 'check_id' in entry || 'test_id' in entry,
  );
  if (results.length === 0 && !('paths' in report)) return undefined;
  return all(
    results.map((entry) => {
      const extra = objectField(entry, 'extra');
      const rule = stringField(entry, 'check_id') ?? stringField(entry, 'test_id') ?? '';
      const severity = stringField(extra, 'severity') ?? stringField(entry, 'issue_severity');
      return finding(
        rule,
        severity,
        undefined,
        undefined,
        stringField(entry, 'path') ?? stringField(entry, 'filename'),
      );
    }),
  );
}

/** Gitleaks names rule, file and line beside the secret; so do others that look for secrets. */
function leaks(list: readonly JsonObject[]): ScanReport | undefined {
  if (list.length > 0 && list.every((entry) => 'RuleID' in entry)) {
    return all(
      list.map((entry) =>
        finding(
          stringField(entry, 'RuleID') ?? 'secret',
          'high',
          undefined,
          undefined,
          placeOf(stringField(entry, 'File'), entry['StartLine']),
        ),
      ),
    );
  }
  const messages = list.flatMap((entry) =>
    objectsIn(entry['messages']).map((message) => ({
      file: stringField(entry, 'filePath'),
      message,
    })),
  );
  if (
    messages.length === 0 ||
    !messages.every(({ message }) => String(message['ruleId']).includes('secretlint'))
  )
    return undefined;
  return all(
    messages.map(({ file, message }) => {
      const line = objectField(objectField(message, 'loc'), 'start')['line'];
      return finding(
        String(message['ruleId']).replace('@secretlint/secretlint-rule-', ''),
        'high',
        undefined,
        undefined,
        placeOf(file, line),
      );
    }),
  );
}

function advisoryOf(entry: JsonObject): Finding {
  const id = stringField(entry, 'github_advisory_id') ?? idIn(stringField(entry, 'url'));
  return finding(
    stringField(entry, 'module_name') ?? '',
    stringField(entry, 'severity'),
    id,
    stringField(entry, 'title'),
  );
}

function finding(
  name: string,
  severity?: string,
  id?: string,
  title?: string,
  place?: string,
): Finding {
  const word = severityWord(severity);
  return {
    name,
    ...(word === undefined ? {} : { severity: word }),
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    ...(place === undefined ? {} : { place }),
  };
}

function all(found: readonly Finding[]): ScanReport {
  return {
    findings: found.length,
    severities: countSeverities(found.map(({ severity }) => severity)),
    found,
  };
}

function placeOf(file: string | undefined, line: unknown): string | undefined {
  return file === undefined || typeof line !== 'number' ? file : `${file}:${line}`;
}

function idIn(address: string | undefined): string | undefined {
  return /(?:GHSA(?:-[\w]{4}){3}|CVE-\d{4}-\d{4,7})/.exec(address ?? '')?.[0];
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut, or several objects
  }
}
