import { performance } from 'node:perf_hooks';
import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretRange } from './secret-range.ts';

/** Where the secrets in a text are. */
export type FindSecrets = (text: string) => Promise<readonly SecretRange[]>;

/** A text can hold `secretlint-disable`; its author must not be able to switch the scan off. */
const COMMENT_FILTER = '@secretlint/secretlint-rule-filter-comments';
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The library's recommended rules. They cost 37 MB once loaded and switch off `performance.mark` for the whole process:
 * for the scanner's own process, never for the worker.
 */
export function secretFinder(): FindSecrets {
  // the library marks every rule of every scan and looks through all earlier marks each time: quadratic, and never given back
  Object.defineProperty(performance, 'mark', { value: () => undefined });
  const config = {
    rules: rules
      .filter((rule) => rule.meta.id !== COMMENT_FILTER)
      .map((rule) => ({ id: rule.meta.id, rule })),
  };
  return async (text) => {
    // the library drops a byte order mark and counts from behind it
    const dropped = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    const result = await lintSource({
      // no file name: with one, the rule for package.json would not look
      source: { content: text, filePath: '', ext: '.txt', contentType: 'text' },
      options: { noPhysicFilePath: true, config },
    });
    return result.messages.map(({ range, ruleId }) => [
      range[0] + dropped,
      range[1] + dropped,
      ruleId.replace('@secretlint/secretlint-rule-', ''),
    ]);
  };
}
