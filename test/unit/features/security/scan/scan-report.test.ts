import { describe, expect, it } from 'vitest';
import {
  MOST_FINDINGS,
  readScanReport,
  scanReportIn,
} from '../../../../../lib/features/security/scan/scan-report.ts';

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

const PNPM = `┌─────────────────────┬────────────────────────┐
│ high                │ Prototype Pollution    │
├─────────────────────┼────────────────────────┤
│ Package             │ minimist               │
└─────────────────────┴────────────────────────┘
1 vulnerabilities found
Severity: 1 high`;

const PIP = `Found 2 known vulnerabilities in 1 package
Name  Version ID                  Fix Versions
----- ------- ------------------- ------------
flask 0.5     PYSEC-2019-179      1.0
flask 0.5     GHSA-562c-5r94-xh97 0.12.3`;

const CARGO = `    Fetching advisory database
Crate:     time
Version:   0.1.43
Title:     Potential segfault in the time crate
Date:      2020-11-18
ID:        RUSTSEC-2020-0071
URL:       https://rustsec.org/advisories/RUSTSEC-2020-0071
Severity:  6.2 (medium)
Solution:  Upgrade to >=0.2.23

error: 1 vulnerability found!`;

const TRIVY = `app (debian 12)
===============
Total: 3 (UNKNOWN: 0, LOW: 1, MEDIUM: 0, HIGH: 1, CRITICAL: 1)

┌─────────┬────────────────┬──────────┐
│ openssl │ CVE-2024-0001  │ CRITICAL │
│ zlib1g  │ CVE-2023-45853 │ HIGH     │
└─────────┴────────────────┴──────────┘`;

const SECRETLINT = `
/home/u/shop/src/config.ts
  3:14  error  [AWSSecretAccessKey] found AWS Secret Access Key: ***  @secretlint/secretlint-rule-preset-recommend > @secretlint/secretlint-rule-aws

✖ 1 problem (1 error, 0 warnings, 0 infos)`;

const GITLEAKS = `Finding:     key = REDACTED
RuleID:      generic-api-key
Entropy:     4.1
File:        src/a.js
Line:        12

9:12AM WRN leaks found: 1`;

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
    ['pnpm', PNPM, 1, { high: 1 }, ['minimist']],
    [
      'yarn',
      '12 vulnerabilities found - Packages audited: 930\nSeverity: 2 Low | 10 Critical',
      12,
      { low: 2, critical: 10 },
      [],
    ],
    ['pip-audit', PIP, 2, {}, ['flask', 'flask']],
    ['pip-audit without findings', 'No known vulnerabilities found', 0, {}, []],
    ['cargo audit', CARGO, 1, { medium: 1 }, ['time']],
    ['trivy', TRIVY, 3, { low: 1, high: 1, critical: 1 }, ['openssl', 'zlib1g']],
    ['secretlint', SECRETLINT, 1, { high: 1 }, ['aws']],
    ['gitleaks', GITLEAKS, 1, { high: 1 }, ['generic-api-key']],
    ['gitleaks without findings', '9:12AM INF no leaks found', 0, {}, []],
    [
      'pip-audit as JSON',
      '{"dependencies":[{"name":"flask","version":"0.5","vulns":[{"id":"PYSEC-1"}]}],"fixes":[]}',
      1,
      {},
      ['flask'],
    ],
    ['semgrep with one', 'Ran 4 rules on 7 files: 1 finding.', 1, {}, []],
    ['semgrep', 'Ran 42 rules on 7 files: 3 findings.', 3, {}, []],
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
    expect(readScanReport(GITLEAKS)?.found[0]?.place).toBe('src/a.js:12');
  });

  it('reads the start of a JSON report that was cut, without a count that it does not show', () => {
    const cut = JSON.stringify(NPM_JSON, null, 2).slice(0, 150);
    const report = readScanReport(cut);
    expect(report?.found.map(({ name }) => name)).toEqual(['lodash']);
    expect(report).not.toHaveProperty('findings');
  });

  it('keeps the first findings of many, and no secret that stands among them', () => {
    const key = `ghp_${'a1B2'.repeat(9)}`;
    const leaks = Array.from({ length: 50 }, (_, index) => ({
      RuleID: index === 0 ? key : 'rule',
      File: 'a.ts',
      StartLine: index,
      Secret: key,
    }));
    const report = readScanReport(JSON.stringify(leaks));
    expect(report?.findings).toBe(50);
    expect(report?.found).toHaveLength(MOST_FINDINGS);
    expect(JSON.stringify(report)).not.toContain(key);
  });

  it.each([
    '',
    'ok',
    'src/a.ts: vulnerabilities are discussed here',
    '{"a":1}',
    '[]',
    '[{"findings":1}]',
    '{"results":[]}',
    'findings: none',
  ])('takes %j for no report', (text) => {
    expect(readScanReport(text)).toBeUndefined();
  });

  it('comes back from JSON as it was', () => {
    for (const text of [NPM, TRIVY, SECRETLINT])
      expect(scanReportIn(JSON.parse(JSON.stringify(readScanReport(text))))).toEqual(
        readScanReport(text),
      );
    expect(scanReportIn({})).toBeUndefined();
  });
});
