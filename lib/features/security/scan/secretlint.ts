import { isJsonObject, objectField, stringField } from '../../../core/json.ts';
import {
  type Finding,
  createFinding,
  formatPlace,
  createReport,
  type ScanReport,
} from './scan-report.ts';

/** Parses the text output of secretlint; `undefined` for other texts. */
export function readSecretlintText(text: string): ScanReport | undefined {
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
      found.push(
        createFinding(rule.replace(/^preset-recommend > .*rule-/, ''), {
          severity,
          place: `${file}:${at ?? ''}`,
        }),
      );
    else if (/^\S/.test(line)) file = line.trim();
  }
  return createReport(found, Number(count ?? found.length));
}

/** Parses the output of `secretlint --format json`: one object for each file, with its messages. */
export function readSecretlintJson(files: readonly unknown[]): ScanReport | undefined {
  const messages = files.filter(isJsonObject).flatMap((file) => {
    const list: readonly unknown[] = Array.isArray(file['messages']) ? file['messages'] : [];
    return list.filter(isJsonObject).map((message) => ({ file, message }));
  });
  const isOurs = messages.every(({ message }) =>
    String(message['ruleId']).includes('secretlint-rule-'),
  );
  if (messages.length === 0 || !isOurs) return undefined;
  return createReport(
    messages.map(({ file, message }) => {
      const { line } = objectField(objectField(message, 'loc'), 'start');
      const rule = String(message['ruleId']).replace('@secretlint/secretlint-rule-', '');
      const place = formatPlace(stringField(file, 'filePath'), line);
      return createFinding(rule, { severity: 'high', place });
    }),
  );
}
