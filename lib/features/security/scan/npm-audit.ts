import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../../core/json.ts';
import {
  countSeverities,
  type Finding,
  createFinding,
  type ScanReport,
  normalizeSeverity,
} from './scan-report.ts';

/** Parses the text output of `npm audit`; `undefined` for other texts. */
export function readNpmText(text: string): ScanReport | undefined {
  const summary =
    /^(?:found )?(\d{1,7}) (?:(critical|high|moderate|low|info) severity )?vulnerabilit(?:y|ies)\b(.*)/im.exec(
      text,
    );
  if (summary === null && !/^# npm audit report/m.test(text)) return undefined;
  const found = findingsIn(text);
  if (summary === null) return { severities: countSeverities(found), found };
  const [, count = '0', only, rest = ''] = summary;
  const severities = countsIn(only === undefined ? rest : `${count} ${only}`);
  return { findings: Number(count), severities, found };
}

/** `lodash  <=4.17.20`, then `Severity: critical`, then `Title - https://…/GHSA-…`. */
function findingsIn(text: string): readonly Finding[] {
  return [...text.matchAll(/^(@?[\w./-]{1,214})[ \t]{1,4}\S.*\nSeverity: (\w+)\n(.*)/gm)].map(
    ([, name = '', severity, advisory = '']) => {
      const [, title, id] =
        /^(.*?) - https?:\S*?(GHSA-[\w-]+|CVE-[\d-]+)?\s*$/.exec(advisory) ?? [];
      return createFinding(name, { severity, id, title });
    },
  );
}

/** Parses the output of `npm audit --json`. */
export function readNpmJson(report: JsonObject): ScanReport | undefined {
  if (!('auditReportVersion' in report)) return undefined;
  const found = Object.entries(objectField(report, 'vulnerabilities')).flatMap(([name, entry]) => {
    if (!isJsonObject(entry)) return [];
    const via: readonly unknown[] = Array.isArray(entry['via']) ? entry['via'] : [];
    const advisory = via.find(isJsonObject) ?? {};
    const id = /(?:GHSA(?:-\w{4}){3}|CVE-\d{4}-\d{4,7})/.exec(
      stringField(advisory, 'url') ?? '',
    )?.[0];
    const severity = stringField(entry, 'severity');
    return [createFinding(name, { severity, id, title: stringField(advisory, 'title') })];
  });
  const counts = objectField(objectField(report, 'metadata'), 'vulnerabilities');
  const severities = countsIn(
    Object.entries(counts)
      .map(([name, count]) => `${String(count)} ${name}`)
      .join(', '),
  );
  const findings =
    numberField(counts, 'total') ??
    Object.values(severities).reduce((sum, count) => sum + count, 0);
  return { findings, severities, found };
}

/** Parses the start of a cut JSON report: named findings can still be read, counts are lost. */
export function readCutNpmJson(text: string): ScanReport | undefined {
  if (!text.includes('"auditReportVersion"')) return undefined;
  const entries = [...text.matchAll(/"name": "([^"]{1,214})",\s+"severity": "(\w{1,12})"/g)];
  const found = entries.map(([, name = '', severity]) => createFinding(name, { severity }));
  return { severities: countSeverities(found), found };
}

/** Returns the counts in a text such as `2 moderate, 4 high`, by our words, without zeros. */
function countsIn(text: string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [, count, word] of text.matchAll(/(\d{1,7}) (critical|high|moderate|low|info)\b/gi)) {
    const name = normalizeSeverity(word);
    if (name !== undefined && Number(count) > 0)
      counts.set(name, (counts.get(name) ?? 0) + Number(count));
  }
  return Object.fromEntries(counts);
}
