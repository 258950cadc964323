import { describe, expect, it } from 'vitest';
import {
  formatWorkProgress,
  formatFollowUp,
  formatImportResult,
  formatImportProgress,
} from '../../../../lib/cli/text/import-text.ts';

describe('the progress of an import', () => {
  it('shows part, sessions, size, rate and time left, on 80 columns', () => {
    const progress = { sessions: 1_982, sessionsDone: 1_204, bytes: 5e9, bytesDone: 3.1e9 };
    const line = formatImportProgress(progress, 100_000);
    expect(line).toBe(
      '[######----]  62 %  1,204/1,982 sessions  3.1 GB/5.0 GB  31.0 MB/s  1m 1s left',
    );
    expect(line.length).toBeLessThan(80);
  });

  it('says nothing of rate and time while neither is known, and ends at 100 %', () => {
    const begun = { sessions: 2, sessionsDone: 0, bytes: 1_000, bytesDone: 10 };
    expect(formatImportProgress(begun, 0)).toBe(
      '[----------]   1 %  0/2 sessions  10 B/1.0 kB  0 B/s',
    );
    // a file that grew while it was read
    const grown = { sessions: 2, sessionsDone: 2, bytes: 1_000, bytesDone: 1_500 };
    expect(formatImportProgress(grown, 1_000)).toMatch(/^\[#{10}\] 100 %/);
    expect(formatImportProgress({ ...grown, bytes: 0, bytesDone: 0 }, 0)).toContain('100 %');
  });
});

describe('the work that follows an import', () => {
  const none = { sessions: 1_982, sessionsDone: 0, bytes: 5e9, bytesDone: 0 };
  const some = { ...none, sessionsDone: 1_204, bytesDone: 3.1e9 };
  const all = { ...none, sessionsDone: 1_982, bytesDone: 5e9 };

  it('shows a bar for each part, on 80 columns, with the rate since the first look', () => {
    const line = formatWorkProgress('archive', some, { ...none, bytesDone: 1e9 }, 100_000);
    expect(line).toBe(
      'archive [######----]  62 %  1,204/1,982  3.1 GB/5.0 GB  21.0 MB/s  1m 30s left',
    );
    expect(line.length).toBeLessThan(80);
    expect(formatWorkProgress('search', none, none, 0)).toBe(
      'search  [----------]   0 %  0/1,982  0 B/5.0 GB  0 B/s',
    );
  });

  it('says what is done, what is not, and who goes on with it', () => {
    expect(formatFollowUp({ archive: all, index: all, isDone: true }, 'done')).toEqual([
      'Archived 1,982 sessions.',
      '`waymark search` finds 1,982 sessions.',
    ]);
    const part = { archive: null, index: some, isDone: false };
    expect(formatFollowUp(part, 'stopped')).toEqual([
      'So far indexed for `waymark search` 1,204 of 1,982 sessions.',
      'The worker continues in the background; `waymark import --wait` waits for it.',
    ]);
    expect(formatFollowUp({ ...part, archive: none }, 'stuck')[0]).toBe(
      'So far archived 0 of 1,982 sessions, indexed for `waymark search` 1,204 of 1,982 sessions.',
    );
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
      files: 3,
      upToDate: 0,
      ignored: 0,
      empty: [],
      partial: 0,
    },
    ...{ bytes: 5e7, ms: 2_000, added: { ...none, sessions: 3, calls: 9, failures: 2 } },
    ...{
      expiring: 0,
      keptFor: 63_072_000,
      daysWithoutTranscripts: 0,
      isStopped: false,
      hasWorker: true,
    },
  };

  it('tells size, time and rate of what took a while, and what is learned from it', () => {
    expect(formatImportResult(result)).toEqual([
      'Imported 3 sessions, 50.0 MB in 2s (25.0 MB/s).',
      'New: 0 prompts, 0 answers, 9 calls of which 2 failed, 0 agents, usage of 0 answers.',
      'The worker learns from what failed: `waymark failures`',
    ]);
    expect(formatImportResult({ ...result, bytes: 5_000 })[0]).toBe('Imported 3 sessions, 5.0 kB.');
  });

  it('names what was left out, what goes soon, and how to go on', () => {
    const lines = formatImportResult({
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
      '2 sessions older than 730d',
      '`waymark config set transcriptsKeep 315360000`',
      '`waymark import` continues',
    ])
      expect(lines).toContain(text);
    expect(lines).not.toContain('\u001b');
  });
});
