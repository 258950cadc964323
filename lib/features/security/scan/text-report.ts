import type { Finding, ScanReport } from './scan-report.ts';
import { countSeverities, severityCounts, severityWord } from './severity-words.ts';

/** What a scanner printed for people; `undefined` for other texts. */
export function readTextReport(text: string): ScanReport | undefined {
  for (const read of [npm, pip, cargo, trivy, gitleaks, secretlint, semgrep, govulncheck]) {
    const report = read(text);
    if (report !== undefined) return report;
  }
  return undefined;
}

/** npm, pnpm and yarn end with a line of counts. */
function npm(text: string): ScanReport | undefined {
  const summary =
    /^(?:found )?(\d{1,7}) (?:(critical|high|moderate|low|info) severity )?vulnerabilit(?:y|ies)(?: found)?\b(.*(?:\nSeverity:.*)?)/im.exec(
      text,
    );
  if (summary === null && !/^# npm audit report/m.test(text)) return undefined;
  const found = [...npmFindings(text), ...tableFindings(text)];
  if (summary === null)
    return { severities: countSeverities(found.map(({ severity }) => severity)), found };
  const [, count = '0', only, rest = ''] = summary;
  const severities = severityCounts(only === undefined ? rest : `${count} ${only}`);
  return { findings: Number(count), severities, found };
}

/** `lodash  <=4.17.20`, then `Severity: critical`, then `Title - https://…/GHSA-…`. */
function npmFindings(text: string): readonly Finding[] {
  return [...text.matchAll(/^(@?[\w./-]{1,214})[ \t]{1,4}\S.*\nSeverity: (\w+)\n(.*)/gm)].map(
    ([, name = '', severity, advisory = '']) => {
      const [, title, id] =
        /^(.*?) - https?:\S*?(GHSA-[\w-]+|CVE-[\d-]+)?\s*$/.exec(advisory) ?? [];
      return {
        name,
        ...severityOf(severity),
        ...(id === undefined ? {} : { id }),
        ...(title === undefined ? {} : { title }),
      };
    },
  );
}

/** The tables of pnpm and yarn: `│ high │ Title │`, then `│ Package │ name │`. */
function tableFindings(text: string): readonly Finding[] {
  return [
    ...text.matchAll(
      /^│ (critical|high|moderate|low|info) +│ ([^│\n]+)│\n[├│][^\n]*\n?(?:│ Package +│ ([^│\n]+)│)?/gim,
    ),
  ].flatMap(([, severity, title = '', name]) =>
    name === undefined ? [] : [{ name: name.trim(), ...severityOf(severity), title: title.trim() }],
  );
}

function pip(text: string): ScanReport | undefined {
  if (/^No known vulnerabilities found/m.test(text))
    return { findings: 0, severities: {}, found: [] };
  const count = /^Found (\d{1,7}) known vulnerabilit(?:y|ies)/m.exec(text)?.[1];
  if (count === undefined) return undefined;
  const rows = [...text.matchAll(/^([\w.-]{1,100}) +(\S{1,40}) +((?:PYSEC|GHSA|CVE)-[\w-]+)/gm)];
  return {
    findings: Number(count),
    severities: {},
    found: rows.map(([, name = '', , id = '']) => ({ name, id })),
  };
}

function cargo(text: string): ScanReport | undefined {
  const count = /^error: (\d{1,7}) vulnerabilit(?:y|ies) found/m.exec(text)?.[1];
  const crates = [
    ...text.matchAll(
      /^Crate: +(\S+)\n(?:Version: .*\n)?(?:Warning: .*\n)?(?:Title: +(.*)\n)?(?:Date: .*\n)?ID: +(RUSTSEC-[\d-]+)(?:\nURL: .*)?(?:\nSeverity: +[\d.]+ \((\w+)\))?/gm,
    ),
  ];
  if (count === undefined && crates.length === 0) return undefined;
  const found = crates.map(([, name = '', title, id = '', severity]) => ({
    name,
    id,
    ...severityOf(severity),
    ...(title === undefined ? {} : { title }),
  }));
  return {
    findings: Number(count ?? found.length),
    severities: countSeverities(found.map(({ severity }) => severity)),
    found,
  };
}

/** A line of counts for each target that was looked at. */
function trivy(text: string): ScanReport | undefined {
  const totals = [...text.matchAll(/^Total: (\d{1,7}) \(([^)\n]*)\)/gm)];
  if (totals.length === 0) return undefined;
  const found = [
    ...text.matchAll(/^│ ([^│\n]{1,100})│ ((?:CVE|GHSA|RUSTSEC)-[\w-]+) *│ (\w+) *│/gm),
  ].map(([, name = '', id = '', severity]) => ({
    name: name.trim(),
    id,
    ...severityOf(severity),
  }));
  const severities = severityCounts(totals.map(([, , counts = '']) => counts).join(', '));
  return { findings: totals.reduce((sum, [, count]) => sum + Number(count), 0), severities, found };
}

function gitleaks(text: string): ScanReport | undefined {
  if (/\bno leaks found\b/.test(text)) return { findings: 0, severities: {}, found: [] };
  const count = /\bleaks found: (\d{1,7})/.exec(text)?.[1];
  if (count === undefined) return undefined;
  const found = [
    ...text.matchAll(/^RuleID: +(\S+)\n(?:.*\n){0,3}?File: +(.+)\nLine: +(\d+)/gm),
  ].map(([, name = '', file = '', line = '']) => ({
    name,
    severity: 'high',
    place: `${file}:${line}`,
  }));
  return {
    findings: Number(count),
    severities: countSeverities(found.map(({ severity }) => severity)),
    found,
  };
}

function secretlint(text: string): ScanReport | undefined {
  if (!text.includes('@secretlint/')) return undefined;
  const count = /^✖ (\d{1,7}) problems?/m.exec(text)?.[1];
  let file = '';
  const found: Finding[] = [];
  for (const line of text.split('\n')) {
    const [, at, severity, rule] =
      /^ +(\d+):\d+ +(error|warning|info) .*@secretlint\/secretlint-rule-([\w-]+(?: > [@\w/-]+)?)/.exec(
        line,
      ) ?? [];
    if (rule !== undefined)
      found.push({
        name: rule.replace(/^preset-recommend > .*rule-/, ''),
        ...severityOf(severity),
        place: `${file}:${at ?? ''}`,
      });
    else if (/^\S/.test(line)) file = line.trim();
  }
  return {
    findings: Number(count ?? found.length),
    severities: countSeverities(found.map(({ severity }) => severity)),
    found,
  };
}

function semgrep(text: string): ScanReport | undefined {
  const count =
    /^.*Ran \d+ rules? on \d+ files?: (\d{1,7}) findings?/m.exec(text)?.[1] ??
    /^ *[•✔]? *Findings: (\d{1,7}) \(/m.exec(text)?.[1];
  if (count === undefined) return undefined;
  const found = [...text.matchAll(/^ {2,8}❯{1,3}❱? *([\w-]+(?:\.[\w-]+)+) *$/gm)].map(
    ([, name = '']) => ({ name }),
  );
  return { findings: Number(count), severities: {}, found };
}

function govulncheck(text: string): ScanReport | undefined {
  if (/^No vulnerabilities found/m.test(text)) return { findings: 0, severities: {}, found: [] };
  const count = /^Your code is affected by (\d{1,7}) vulnerabilit/m.exec(text)?.[1];
  const found = [...text.matchAll(/^Vulnerability #\d+: (GO-[\d-]+)\n +(.*)/gm)].map(
    ([, id = '', title = '']) => ({ name: id, id, title }),
  );
  return count === undefined ? undefined : { findings: Number(count), severities: {}, found };
}

function severityOf(word: string | undefined): { readonly severity?: string } {
  const severity = severityWord(word);
  return severity === undefined ? {} : { severity };
}
