import { rmSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { findArchivedSession, findTranscriptLoss } from '../../../lib/query/archived-sessions.ts';
import { ClientSession, transcriptLines } from '../../support/client-session.ts';

function archived(session = 'aaaa-1') {
  const client = new ClientSession(session);
  client.append(transcriptLines(5));
  client.save();
  return { client, folder: stateFolderAt(`${client.root}/state`) };
}

describe('a session of the archive alone', () => {
  it('is found by the beginning of its id', async () => {
    const { client, folder } = archived();
    const found = await findArchivedSession(folder, 'aaaa', 'any');
    expect(found).toMatchObject({ id: 'aaaa-1', project: undefined });
    const other = new ClientSession('aaaa-2');
    other.append(transcriptLines(1));
    other.save({ archive: client.archive });
    await expect(findArchivedSession(folder, 'aaaa', 'any')).rejects.toThrow(/aaaa-1, aaaa-2/);
    expect((await findArchivedSession(folder, 'aaaa-1', 'any')).id).toBe('aaaa-1');
    await expect(findArchivedSession(folder, 'bbbb', 'any')).rejects.toThrow(/no id begins/);
    await expect(findArchivedSession(folder, '../..', 'any')).rejects.toThrow(/no id begins/);
  });
});

describe('the loss of a transcript', () => {
  it('is told when the client deleted or cut it, and not otherwise', () => {
    const { client, folder } = archived();
    const loss = () => findTranscriptLoss(folder, 'aaaa-1', client.transcriptPath);
    expect(loss()).toBeUndefined();
    client.append(transcriptLines(1, 2));
    expect(loss(), 'the client has more').toBeUndefined();
    truncateSync(client.transcriptPath, 10);
    expect(loss()).toMatchObject({ kind: 'shorter', liveBytes: 10 });
    rmSync(client.transcriptPath);
    expect(loss()).toMatchObject({ kind: 'missing', archivedBytes: transcriptLines(5).length });
    expect(findTranscriptLoss(folder, 'aaaa-9', client.transcriptPath)).toBeUndefined();
  });
});
