import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretRange } from './secret-range.ts';

/** A text can hold `secretlint-disable`; whoever wrote it must not switch the scan off. */
const COMMENT_FILTER = '@secretlint/secretlint-rule-filter-comments';
const BYTE_ORDER_MARK = '\uFEFF';

/** Where the library's recommended rules see secrets in `text`. Costs 37 MB once loaded: for the scanner's own process, never for the worker. */
export async function findSecrets(text: string): Promise<readonly SecretRange[]> {
  const scanned = rules.filter((rule) => rule.meta.id !== COMMENT_FILTER);
  // without a file name the rules that ask for one (package.json, .npmrc) look too; the library drops a byte order mark and counts from behind it
  const dropped = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const result = await lintSource({
    source: { content: text, filePath: '', ext: '.txt', contentType: 'text' },
    options: { noPhysicFilePath: true, config: { rules: scanned.map((rule) => ({ id: rule.meta.id, rule })) } },
  });
  return result.messages.map(({ range, ruleId }) => [range[0] + dropped, range[1] + dropped, ruleId.replace('@secretlint/secretlint-rule-', '')]);
}
