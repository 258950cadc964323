import { describe, expect, it } from 'vitest';
import { importedLines, progressLine } from '../../../../lib/cli/text/import-text.ts';

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

describe('the outcome of an import', () => {
  const none = {
    sessions: 0,
    promptsOnly: 0,
    prompts: 0,
    answers: 0,
    calls: 0,
    failures: 0,
    agents: 0,
    usage: 0,
  };
  const result = {
    ...{
      folders: ['/home/me/.claude'],
      sessions: 3,
      upToDate: 0,
      ignored: 0,
      empty: [],
      partial: 0,
    },
    ...{ bytes: 5e7, ms: 2_000, added: { ...none, sessions: 3, calls: 9, failures: 2 } },
    ...{
      expiring: 0,
      retention: 7_776_000,
      daysWithoutTranscripts: 0,
      isStopped: false,
      isHeard: true,
    },
  };

  it('tells size, time and rate of what took a while, and what is learned from it', () => {
    expect(importedLines(result)).toEqual([
      'Imported 3 sessions, 50.0 MB in 2s (25.0 MB/s).',
      'New: 0 prompts, 0 answers, 9 calls of which 2 failed, 0 agents, usage of 0 answers.',
      'The worker learns from what failed: `waymark failures`',
    ]);
    expect(importedLines({ ...result, bytes: 5_000 })[0]).toBe('Imported 3 sessions, 5.0 kB.');
  });

  it('names what was left out, what goes soon, and how to go on', () => {
    const lines = importedLines({
      ...result,
      ...{
        ignored: 1,
        partial: 1,
        empty: ['/a', '/b', '/c', '/d\u001b[31m'],
        expiring: 2,
        isStopped: true,
      },
    }).join('\n');
    for (const text of [
      'ignoredProjects',
      'a part could not be read',
      '/a, /b, /c and 1 more',
      '2 sessions older than 90d',
      '`waymark import` goes on',
    ])
      expect(lines).toContain(text);
    expect(lines).not.toContain('\u001b');
  });
});
