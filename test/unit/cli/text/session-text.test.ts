import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { readSessionDetail, type SessionDetail } from '../../../../lib/query/session-detail.ts';
import { sessionText, transcriptNote } from '../../../../lib/cli/text/session-text.ts';
import { askInStore, preparedStore, SESSION, START } from '../prepared-store.ts';

const options = { paint: createPaint(false), now: START, most: 30 };

describe('sessionText', () => {
  it('shows checkpoints with what they cover, operations with outcomes, failures and the log', async () => {
    const text = sessionText(await detail(), options).join('\n');
    expect(text).toMatch(/auto +1 op +– +1 file · main/);
    expect(text).toMatch(/stop +2 ops +– +1 command · 1 failure · done/);
    expect(text).toMatch(/✗ .* Bash +npm test\n/);
    expect(text).toMatch(/npm test: Exit code 1/);
    expect(text).toMatch(/prompt_submitted +Fix the total/);
  });

  it('says in one line that the transcript was not read', async () => {
    const lines = sessionText(await detail(), options);
    expect(lines.filter((line) => line.includes('transcript'))).toEqual([transcriptNote('unread')]);
    expect(transcriptNote('read')).toBeUndefined();
  });

  it('shows the latest lines and counts those that are left out', async () => {
    const text = sessionText(await detail(), { ...options, most: 1 }).join('\n');
    expect(text).toContain('Operations 2 (the last 1; 1 earlier with --all)');
    expect(text).not.toContain('a.js');
  });

  it('lets nothing that was recorded break a line or colour the terminal', async () => {
    const evil = await detail();
    const operations = evil.operations.map((operation) => ({
      ...operation,
      target: 'a\n\u001b[31mb',
    }));
    const lines = sessionText({ ...evil, operations }, options);
    expect(lines.filter((line) => /[\u001b\n]/.test(line))).toEqual([]);
  });
});

async function detail(): Promise<SessionDetail> {
  const folder = preparedStore();
  const found = await askInStore(folder, (database) =>
    readSessionDetail(database, folder, SESSION),
  );
  if (found === undefined) throw new Error('The prepared session is missing');
  return found;
}
