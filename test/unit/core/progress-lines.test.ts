import { describe, expect, it } from 'vitest';
import { withoutProgress } from '../../../lib/core/progress-lines.ts';

describe('lines of progress', () => {
  it('go from a text that is too long, so that its head has the error', () => {
    const log = `${'[INFO] Building shop\n'.repeat(9)}[INFO]\n[ERROR] Unknown phase\nDEBUG: x\nINFORMATION`;
    expect(withoutProgress(log, 100)).toBe('[ERROR] Unknown phase\nINFORMATION');
    expect(withoutProgress('[\u001b[1;34mINFO\u001b[m] a\nerror', 5)).toBe('error');
  });

  it('stay in a text that fits, and in one of unusual length', () => {
    expect(withoutProgress('[INFO] a\nb', 100)).toBe('[INFO] a\nb');
    const huge = '[INFO] a\n'.repeat(10_000);
    expect(withoutProgress(huge, 100)).toBe(huge);
  });
});
