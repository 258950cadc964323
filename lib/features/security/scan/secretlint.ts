import { isJsonObject, objectField, stringField } from '../../../core/json.ts';
import { type Finding, findingOf, placeOf, reportOf, type ScanReport } from './scan-report.ts';

/** Reads what secretlint prints for people; `undefined` for other texts. */
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
        findingOf(rule.replace(/^preset-recommend > .*rule-/, ''), {
          severity,
          place: `${file}:${at ?? ''}`,
        }),
      );
    else if (/^\S/.test(line)) file = line.trim();
  }
  return reportOf(found, Number(count ?? found.length));
}

/** Reads what `secretlint --format json` prints: one object for each file, with its messages. */
export function readSecretlintJson(files: readonly unknown[]): ScanReport | undefined {
  const messages = files.filter(isJsonObject).flatMap((file) => {
    const list: readonly unknown[] = Array.isArray(file['messages']) ? file['messages'] : [];
    return list.filter(isJsonObject).map((message) => ({ file, message }));
  });
  const isOurs = messages.every(({ message }) =>
    String(message['ruleId']).includes('secretlint-rule-'),
  );
  if (messages.length === 0 || !isOurs) return undefined;
  return reportOf(
    messages.map(({ file, message }) => {
      const { line } = objectField(objectField(message, 'loc'), 'start');
      const rule = String(message['ruleId']).replace('@secretlint/secretlint-rule-', '');
      const place = placeOf(stringField(file, 'filePath'), line);
      return findingOf(rule, { severity: 'high', place });
    }),
  );
}
