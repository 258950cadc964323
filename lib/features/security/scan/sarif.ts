import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../../core/json.ts';
import {
  type Finding,
  createFinding,
  formatPlace,
  createReport,
  type ScanReport,
} from './scan-report.ts';

/**
 * Parses SARIF 2.1, the format that most scanners can print (Trivy, Grype, Semgrep, Gitleaks,
 * CodeQL, osv-scanner, …). Linters use it too: a run counts only if its tool looks for
 * vulnerabilities or secrets.
 */
export function readSarif(report: JsonObject): ScanReport | undefined {
  const runs = objectsIn(report['runs']).map(readRun).filter(isAboutSecurity);
  const [first] = runs;
  if (first === undefined) return undefined;
  const found = runs.flatMap((run) => run.results.map((one) => findingIn(one, run)));
  return { scanner: first.scanner, ...createReport(found) };
}

interface Run {
  /** Name in lower case: `osv-scanner` for `OSV-Scanner`. */
  readonly scanner: string;
  readonly rules: readonly JsonObject[];
  readonly results: readonly JsonObject[];
}

function readRun(run: JsonObject): Run {
  const driver = objectField(objectField(run, 'tool'), 'driver');
  const name = (stringField(driver, 'name') ?? '').toLowerCase();
  return {
    scanner:
      name
        .slice(0, 40)
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '') || 'sarif',
    rules: objectsIn(driver['rules']),
    // a person has already reviewed suppressed results
    results: objectsIn(run['results']).filter(({ suppressions }) => !Array.isArray(suppressions)),
  };
}

function isAboutSecurity({ scanner, rules }: Run): boolean {
  if (/leak|secret|vuln|audit|secur|osv/.test(scanner)) return true;
  return rules.some((rule) => {
    const properties = objectField(rule, 'properties');
    const tags: readonly unknown[] = Array.isArray(properties['tags']) ? properties['tags'] : [];
    return (
      'security-severity' in properties ||
      tags.includes('security') ||
      advisoryIn(stringField(rule, 'id')) !== undefined
    );
  });
}

function findingIn(result: JsonObject, { scanner, rules }: Run): Finding {
  const id = stringField(result, 'ruleId') ?? stringField(objectField(result, 'rule'), 'id');
  const index = numberField(result, 'ruleIndex');
  const rule =
    (index === undefined ? undefined : rules[index]) ?? rules.find((one) => one['id'] === id) ?? {};
  const text = objectField(result, 'message')['text'];
  const short = objectField(rule, 'shortDescription')['text'];
  const title = [short, text].find((one) => typeof one === 'string');
  const [place] = objectsIn(result['locations']).map(placeIn);
  return createFinding(id ?? stringField(rule, 'id') ?? 'finding', {
    // a tool that looks for secrets gives no levels: every finding is a secret
    severity: severityIn(result, rule) ?? (/leak|secret/.test(scanner) ? 'high' : 'warning'),
    id: advisoryIn(id),
    title: typeof title === 'string' ? title.split('\n')[0] : undefined,
    place,
  });
}

/** Returns the severity by the rule's score if there is one (CVSS scale), else by the level. */
function severityIn(result: JsonObject, rule: JsonObject): string | undefined {
  const score = Number(objectField(rule, 'properties')['security-severity']);
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  if (score > 0) return 'low';
  const usual = stringField(objectField(rule, 'defaultConfiguration'), 'level');
  return stringField(result, 'level') ?? usual;
}

function placeIn(location: JsonObject): string | undefined {
  const physical = objectField(location, 'physicalLocation');
  const file = stringField(objectField(physical, 'artifactLocation'), 'uri');
  return formatPlace(file, objectField(physical, 'region')['startLine']);
}

function advisoryIn(id: string | undefined): string | undefined {
  return /^(?:CVE|GHSA|GO|RUSTSEC|PYSEC|OSV)-[\w-]+/.exec(id ?? '')?.[0];
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
