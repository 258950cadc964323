import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of test files: first those that take long or wait, so that no worker is left alone with
 * one at the end; then those that start many programs, which costs less in a young and small
 * process; last what is quick.
 */
const ORDER: readonly RegExp[] = [
  /^test\/(?:e2e\/[^/]+$|contract\/docs-commands)/,
  /^test\/(?:contract|sessions)\//,
  /^test\/unit\/(?:snapshots|auto-commit|git|installer|delivery|actions)\//,
  /^test\/e2e\//, // of the dashboard: with the browser's client a process is large
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const path = relative(process.cwd(), moduleId);
      const rank = ORDER.findIndex((pattern) => pattern.test(path));
      return rank === -1 ? ORDER.length : rank;
    };
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
