import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { takeStock } from '../../../../lib/ledger/account.ts';
import { inStore, preparedStore, SESSION, START } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const ID = 'evt_20261122_100000_00000000000000d1';
const FILE = `5_${START}_00000000000000d1.a5.json`;

describe('waymark dead', () => {
  it('lists entries in the shape that scripts rely on', async () => {
    const { out } = await runCommand(withDeadEntry(), ['dead', 'list', '--json']);
    expect(JSON.parse(out)).toEqual([{ id: ID, kind: 'entry', type: 'custom.made', reason: 'Cannot apply it', attempts: 5, at: '2026-11-22T10:01:00.000Z' }]);
  });

  it('shows content and reason of the entry that a beginning means', async () => {
    const { out } = await runCommand(withDeadEntry(), ['dead', 'show', ID.slice(0, 12), '--json']);
    expect(JSON.parse(out)).toMatchObject({ id: ID, kind: 'entry', content: { event_type: 'custom.made' }, why: { code: 'HANDLING_FAILED' } });
  });

  it('retries an entry with a fresh count of attempts', async () => {
    const folder = withDeadEntry();
    expect((await runCommand(folder, ['dead', 'retry', ID])).status).toBe(0);
    expect(readdirSync(`${folder.queue}/pending/5`)).toEqual([FILE.replace('.a5.', '.a0.')]);
    expect(readdirSync(`${folder.queue}/dead`)).toEqual([]);
  });

  it('discards an entry and leaves its fate in the store', async () => {
    const folder = withDeadEntry();
    expect((await runCommand(folder, ['dead', 'discard', '--all'])).out).toBe('1 entry discarded.\n');
    expect(readdirSync(`${folder.queue}/dead`)).toEqual([]);
    const notes = [{ sessionId: SESSION, captured: [ID], refused: [] }];
    expect(inStore(folder, (database) => takeStock(folder, database, START, notes))).toMatchObject({ captured: 1, discarded: 1, gaps: 0 });
  });

  it('discards nothing while the store cannot remember it', async () => {
    const folder = withDeadEntry();
    for (const tail of ['', '-wal', '-shm']) rmSync(`${folder.store}${tail}`, { force: true });
    writeFileSync(folder.store, 'this is not a database any more, whatever it was before'.repeat(50));
    expect(await runCommand(folder, ['dead', 'discard', ID])).toMatchObject({ status: 1, err: expect.stringContaining('store') });
    expect(readdirSync(`${folder.queue}/dead`)).toContain(FILE);
  });

  it('does not know an id that fits none', async () => {
    expect(await runCommand(withDeadEntry(), ['dead', 'retry', 'evt_1999'])).toMatchObject({ status: 1, err: expect.stringContaining('evt_1999') });
  });

  it('says so when nothing is dead', async () => {
    expect((await runCommand(preparedStore(), ['dead', 'list'])).out).toBe('Nothing is dead.\n');
    expect((await runCommand(preparedStore(), ['dead', 'retry', '--all'])).out).toBe('Nothing is dead.\n');
  });
});

function withDeadEntry(): StateFolder {
  const folder = preparedStore();
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  writeFileSync(`${queue.dead}/${FILE}`, JSON.stringify({ event_id: ID, event_type: 'custom.made', payload: {} }));
  writeFileSync(
    `${queue.dead}/${FILE}.reason`,
    JSON.stringify({ code: 'HANDLING_FAILED', reason: 'Cannot apply it', remedy: 'Try again', attempts: 5, at: '2026-11-22T10:01:00.000Z' }),
  );
  return folder;
}
