import { describe, expect, it } from 'vitest';
import { parseStoredReport } from '../../../../../lib/features/security/scan/scan-report.ts';
import {
  MAX_FINDINGS,
  readScanReport,
  detectScanner,
} from '../../../../../lib/features/security/scan/scanners.ts';

const NPM = `# npm audit report

lodash  <=4.17.20
Severity: critical
Prototype Pollution in lodash - https://github.com/advisories/GHSA-jf85-cpcp-j695
fix available via \`npm audit fix\`
node_modules/lodash

@scope/tar  <6.1.9
Severity: moderate
Arbitrary File Creation - https://github.com/advisories/GHSA-5955-9wpr-37jh
No fix available
node_modules/tar

2 vulnerabilities (1 moderate, 1 critical)

To address issues that do not require attention, run:
  npm audit fix`;

const NPM_JSON = {
  auditReportVersion: 2,
  vulnerabilities: {
    lodash: {
      name: 'lodash',
      severity: 'high',
      via: [
        { title: 'Command Injection', url: 'https://github.com/advisories/GHSA-35jh-r3h4-6jhm' },
      ],
    },
    wrapper: { name: 'wrapper', severity: 'high', via: ['lodash'] },
  },
  metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 2, critical: 0, total: 2 } },
};

const SECRETLINT = `
/home/u/shop/src/config.ts
  3:14  error  [AWSSecretAccessKey] found AWS Secret Access Key: ***  @secretlint/secretlint-rule-preset-recommend > @secretlint/secretlint-rule-aws

✖ 1 problem (1 error, 0 warnings, 0 infos)`;

const SECRETLINT_JSON = [
  {
    filePath: '/home/u/shop/a.ts',
    messages: [
      { ruleId: '@secretlint/secretlint-rule-aws', loc: { start: { line: 3, column: 1 } } },
      { ruleId: '@secretlint/secretlint-rule-npm', loc: { start: { line: 9, column: 1 } } },
    ],
  },
];

/** A report in SARIF, as Trivy, Semgrep and Gitleaks print it, down to the fields that are read. */
function sarif(name: string, rules: readonly object[], results: readonly object[]): string {
  const run = { tool: { driver: { name, rules } }, results };
  return JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', runs: [run] });
}

function at(uri: string, startLine: number): readonly object[] {
  return [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }];
}

const TRIVY = sarif(
  'Trivy',
  [
    {
      id: 'CVE-2024-0001',
      shortDescription: { text: 'openssl: overflow' },
      properties: { 'security-severity': '9.8', tags: ['vulnerability', 'security'] },
    },
    { id: 'CVE-2023-45853', properties: { 'security-severity': '5.5' } },
    { id: 'CVE-2023-1', properties: { 'security-severity': '7.0' } },
    { id: 'CVE-2023-2', properties: { 'security-severity': '0.1' } },
  ],
  [
    { ruleId: 'CVE-2024-0001', ruleIndex: 0, level: 'error', locations: at('image/app', 1) },
    { ruleId: 'CVE-2023-45853', message: { text: 'Package: zlib1g\nVersion: 1' } },
    { ruleId: 'CVE-2023-1' },
    { ruleId: 'CVE-2023-2' },
  ],
);

const SEMGREP = sarif(
  'Semgrep OSS',
  [
    { id: 'js.eval', defaultConfiguration: { level: 'error' }, properties: { tags: ['security'] } },
    { id: 'js.note', properties: { tags: [] } },
  ],
  [
    { ruleId: 'js.eval', locations: at('src/a.js', 12) },
    { ruleId: 'js.note', level: 'note' },
    { ruleId: 'js.eval', suppressions: [{ kind: 'inSource' }] },
  ],
);

const GITLEAKS = sarif(
  'gitleaks',
  [{ id: 'generic-api-key' }],
  [
    {
      ruleId: 'generic-api-key',
      message: { text: 'has detected a key' },
      locations: at('a.js', 3),
    },
  ],
);

describe('scannerOf', () => {
  it.each([
    ['npm audit', 'npm-audit'],
    ['cd web && npm audit --json | jq .metadata', 'npm-audit'],
    ['npm --prefix web audit fix', 'npm-audit'],
    ['npx secretlint "**/*"', 'secretlint'],
    ['npx --yes secretlint src', 'secretlint'],
  ])('names the scanner of %s', (command, scanner) => {
    expect(detectScanner(command)).toBe(scanner);
  });

  it.each([
    'npm test',
    'npm install audit-log',
    'npm audit signatures',
    'grep -rn "npm audit" docs',
    'echo npm audit',
    'secretlint --version',
    'npm audit --help',
    'git log --grep=secretlint',
  ])('finds none in %s', (command) => {
    expect(detectScanner(command)).toBeUndefined();
  });
});

describe('readScanReport', () => {
  it.each([
    ['npm', NPM, 2, { medium: 1, critical: 1 }, ['lodash', '@scope/tar']],
    ['npm without findings', 'up to date\n\nfound 0 vulnerabilities', 0, {}, []],
    [
      'npm with one kind',
      '# npm audit report\n\n3 high severity vulnerabilities\n',
      3,
      { high: 3 },
      [],
    ],
    ['npm as JSON', JSON.stringify(NPM_JSON, null, 2), 2, { high: 2 }, ['lodash', 'wrapper']],
    ['secretlint', SECRETLINT, 1, { high: 1 }, ['aws']],
    ['secretlint as JSON', JSON.stringify(SECRETLINT_JSON), 2, { high: 2 }, ['aws', 'npm']],
    [
      'Trivy',
      TRIVY,
      4,
      { critical: 1, high: 1, medium: 1, low: 1 },
      ['CVE-2024-0001', 'CVE-2023-45853', 'CVE-2023-1', 'CVE-2023-2'],
    ],
    ['Semgrep', SEMGREP, 2, { high: 1, low: 1 }, ['js.eval', 'js.note']],
    ['Gitleaks', GITLEAKS, 1, { high: 1 }, ['generic-api-key']],
    ['Gitleaks without findings', sarif('gitleaks', [], []), 0, {}, []],
  ])('reads what %s printed', (_scanner, text, findings, severities, names) => {
    const report = readScanReport(text);
    expect(report).toMatchObject({ findings, severities });
    expect(report?.found.map(({ name }) => name)).toEqual(names);
  });

  it('keeps advisory, title and place', () => {
    expect(readScanReport(NPM)?.found[0]).toEqual({
      name: 'lodash',
      severity: 'critical',
      id: 'GHSA-jf85-cpcp-j695',
      title: 'Prototype Pollution in lodash',
    });
    expect(readScanReport(SECRETLINT)?.found[0]).toEqual({
      name: 'aws',
      severity: 'high',
      place: '/home/u/shop/src/config.ts:3',
    });
    expect(readScanReport(JSON.stringify(SECRETLINT_JSON))?.found[1]?.place).toBe(
      '/home/u/shop/a.ts:9',
    );
    expect(readScanReport(SEMGREP)?.found[0]?.place).toBe('src/a.js:12');
    expect(readScanReport(TRIVY)?.found.slice(0, 2)).toEqual([
      {
        name: 'CVE-2024-0001',
        severity: 'critical',
        id: 'CVE-2024-0001',
        title: 'openssl: overflow',
        place: 'image/app:1',
      },
      {
        name: 'CVE-2023-45853',
        severity: 'medium',
        id: 'CVE-2023-45853',
        title: 'Package: zlib1g',
      },
    ]);
  });

  it('reads the start of a JSON report that was cut, without a count that it does not show', () => {
    const cut = JSON.stringify(NPM_JSON, null, 2).slice(0, 150);
    const report = readScanReport(cut);
    expect(report?.found.map(({ name }) => name)).toEqual(['lodash']);
    expect(report).not.toHaveProperty('findings');
  });

  it('keeps the first findings of many, and no secret among them', () => {
    const key = `ghp_${'a1B2'.repeat(9)}`;
    const results = Array.from({ length: 50 }, (_, index) => ({
      ruleId: 'rule',
      message: { text: index === 0 ? `found ${key}` : 'found' },
    }));
    const report = readScanReport(sarif('gitleaks', [], results));
    expect(report?.findings).toBe(50);
    expect(report?.found).toHaveLength(MAX_FINDINGS);
    expect(JSON.stringify(report)).not.toContain(key);
  });

  it('names the tool of a report in SARIF', () => {
    expect(readScanReport(SEMGREP)?.scanner).toBe('semgrep-oss');
    expect(readScanReport(NPM)).not.toHaveProperty('scanner');
  });

  it('leaves what a linter reports in SARIF alone', () => {
    const rules = [{ id: 'no-unused-vars' }];
    expect(readScanReport(sarif('ESLint', rules, [{ ruleId: 'no-unused-vars' }]))).toBeUndefined();
  });

  it.each([
    '',
    'ok',
    'src/a.ts: vulnerabilities are discussed here',
    '{"a":1}',
    '[]',
    '[{"messages":[{"ruleId":"secretlint"}]}]',
    '{"runs":[]}',
    '{"runs":[{"tool":5,"results":"x"}]}',
    '{"runs":[{"results":[{"ruleId":"vulnerability"}]}]}',
    'secretlint: none',
  ])('takes %j for no report', (text) => {
    expect(readScanReport(text)).toBeUndefined();
  });

  it('comes back from JSON as it was', () => {
    for (const text of [NPM, TRIVY, SECRETLINT])
      expect(parseStoredReport(JSON.parse(JSON.stringify(readScanReport(text))))).toEqual(
        readScanReport(text),
      );
    expect(parseStoredReport({})).toBeUndefined();
  });
});
