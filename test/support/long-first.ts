import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of test files: first those that wait long, then those that start the most programs,
 * which costs a third in a process that has loaded little; last what is quick, so that no worker is
 * left alone with a long file at the end.
 */
const ORDER: readonly RegExp[] = [
  /^test\/e2e\/[^/]+$/,
  /^test\/unit\/(?:snapshots|auto-commit|git|actions\/restore-code|installer|delivery)\//,
  /^test\/(?:contract|sessions)\//,
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
