import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTranscriptEnds } from '../../../../lib/claude/transcript/read-transcript-ends.ts';
import { TranscriptLines } from '../../../support/client-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const BEGIN = Date.UTC(2026, 10, 20);

function look(text: string) {
  const path = join(tempFolder(), 's1.jsonl');
  writeFileSync(path, text);
  return readTranscriptEnds(path);
}

describe('lookAtEnds', () => {
  it('knows beginning, end, folder, session and first answers', () => {
    const lines = new TranscriptLines('s1', BEGIN)
      .prompt('Round')
      .says('m1', 'Done.')
      .prompt('More');
    expect(look(lines.text)).toMatchObject({
      ...{ beginAt: BEGIN + 1_000, firstAt: BEGIN + 1_000, endAt: BEGIN + 3_000 },
      ...{ cwd: '/work/gone', sessionId: 's1', firstAnswers: ['m1'] },
    });
  });

  it('knows the copy at the beginning of a fork from the line in front of it', () => {
    const own = new TranscriptLines('s2', BEGIN + 60_000).add({ type: 'queue-operation' });
    const copied = new TranscriptLines('s2', BEGIN).prompt('Round').says('m1', 'Done.');
    const ends = look(`${own.text}${copied.text}`);
    expect(ends).toMatchObject({ firstAt: BEGIN + 61_000, beginAt: BEGIN + 1_000 });
  });

  it('finds the end behind more lines than it keeps, and a last line without its end', () => {
    const lines = new TranscriptLines('s1', BEGIN).prompt('Round');
    for (let n = 0; n < 30; n += 1) lines.runs(`t${n}`, 'ls', 'x'.repeat(50_000));
    expect(look(lines.text.trimEnd())?.endAt).toBe(lines.at);
  });

  it('gives nothing for what is no conversation', () => {
    for (const text of [
      '',
      '\0\0\0',
      '{"type":"mode","timestamp":"2026-11-20T00:00:00Z"}\n',
      'x'.repeat(100_000),
    ])
      expect(look(text)).toBe(undefined);
    expect(readTranscriptEnds('/no/such/file')).toBe(undefined);
  });
});
