import { describe, expect, it } from 'vitest';
import { progressLine } from '../../../../lib/cli/text/import-text.ts';

describe('the progress of an import', () => {
  it('shows part, sessions, size, rate and time left, on 80 columns', () => {
    const progress = { sessions: 1_982, sessionsDone: 1_204, bytes: 5e9, bytesDone: 3.1e9 };
    const line = progressLine(progress, 100_000);
    expect(line).toBe(
      '[######----]  62 %  1,204/1,982 sessions  3.1 GB/5.0 GB  31.0 MB/s  1m 1s left',
    );
    expect(line.length).toBeLessThan(80);
  });

  it('says nothing of rate and time while neither is known, and ends at 100 %', () => {
    const begun = { sessions: 2, sessionsDone: 0, bytes: 1_000, bytesDone: 10 };
    expect(progressLine(begun, 0)).toBe('[----------]   1 %  0/2 sessions  10 B/1.0 kB  0 B/s');
    // a file that grew while it was read
    const grown = { sessions: 2, sessionsDone: 2, bytes: 1_000, bytesDone: 1_500 };
    expect(progressLine(grown, 1_000)).toMatch(/^\[#{10}\] 100 %/);
    expect(progressLine({ ...grown, bytes: 0, bytesDone: 0 }, 0)).toContain('100 %');
  });
});
