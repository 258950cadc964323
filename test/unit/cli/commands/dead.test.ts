import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { buildLedger } from '../../../../lib/ledger/ledger.ts';
import { inStore, preparedStore, SESSION, START } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const ID = 'evt_20261122_100000_00000000000000d1';
const FILE = `5_${START}_00000000000000d1.a5.json`;

describe('waymark dead', () => {
  it('discards an entry and leaves its fate in the store', async () => {
    const folder = withDeadEntry();
    expect((await runCommand(folder, ['dead', 'discard', '--all'])).out).toBe(
      '1 entry discarded.\n',
    );
    expect(readdirSync(`${folder.queue}/dead`)).toEqual([]);
    const notes = [{ sessionId: SESSION, captured: [ID], refused: [] }];
    expect(
      inStore(folder, (database) => buildLedger(folder, database, START, notes)),
    ).toMatchObject({
      captured: 1,
      discarded: 1,
      gaps: 0,
    });
  });

  it('discards nothing while the store cannot remember it', async () => {
    const folder = withDeadEntry();
    for (const tail of ['', '-wal', '-shm']) rmSync(`${folder.store}${tail}`, { force: true });
    writeFileSync(
      folder.store,
      'this is not a database any more, whatever it was before'.repeat(50),
    );
    expect(await runCommand(folder, ['dead', 'discard', ID])).toMatchObject({
      status: 1,
      err: expect.stringContaining('store'),
    });
    expect(readdirSync(`${folder.queue}/dead`)).toContain(FILE);
  });
});

describe('waymark dead, of deliveries', () => {
  const EVENT = 'evt_20261122_100000_0000000000000004'; // task.failed of the prepared store

  function withDeadDeliveries(folder = preparedStore()): StateFolder {
    inStore(folder, (database) => {
      const insert =
        database.prepare(`INSERT INTO deliveries (event_id, subscription, state, attempts, due_at, ended_at, last_error, output, created_at)
        VALUES (?, ?, ?, 5, 1, ?, ?, 'half of it', 1)`);
      insert.run(EVENT, 'user/notify', 'dead', START, 'exit status 1');
      insert.run(EVENT, 'webhook/ops', 'dead', START + 1_000, 'answered 500');
      insert.run(EVENT, 'user/other', 'done', START, null);
    });
    return folder;
  }

  function decisions(folder: StateFolder): readonly unknown[] {
    const pending = `${folder.queue}/pending/2`;
    return readdirSync(pending).map((file) => {
      const { event_type, payload } = JSON.parse(readFileSync(`${pending}/${file}`, 'utf8'));
      return { event_type, ...payload };
    });
  }

  it.each(['retry', 'discard'])(
    'sends what to %s to the worker, and says that it is queued',
    async (verb) => {
      const folder = withDeadDeliveries();
      const done = verb === 'retry' ? 'retried' : 'discarded';
      const { out, err } = await runCommand(folder, [
        'dead',
        verb,
        '--handler',
        'notify',
        '--json',
      ]);
      expect(JSON.parse(out)).toEqual([
        { id: `${EVENT}@user/notify`, kind: 'delivery', [done]: true, queued: true },
      ]);
      expect(err).toContain('waits in the queue');
      expect(decisions(folder)).toEqual([
        {
          event_type: `delivery.${done}`,
          deliveries: [{ event_id: EVENT, subscription: 'user/notify' }],
        },
      ]);
    },
  );

  it('retries everything of an event, of both kinds', async () => {
    const folder = withDeadDeliveries(withDeadEntry());
    expect((await runCommand(folder, ['dead', 'retry', '--all'])).out).toBe(
      '1 entry and 2 deliveries will be retried when a worker runs.\n',
    );
    const other = withDeadDeliveries();
    await runCommand(other, ['dead', 'retry', EVENT]);
    expect(decisions(other)).toMatchObject([
      { deliveries: [{ subscription: 'user/notify' }, { subscription: 'webhook/ops' }] },
    ]);
  });
});

function withDeadEntry(): StateFolder {
  const folder = preparedStore();
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  writeFileSync(
    `${queue.dead}/${FILE}`,
    JSON.stringify({ event_id: ID, event_type: 'custom.made', payload: {} }),
  );
  writeFileSync(
    `${queue.dead}/${FILE}.reason`,
    JSON.stringify({
      code: 'HANDLING_FAILED',
      reason: 'Cannot apply it',
      remedy: 'Try again',
      attempts: 5,
      at: '2026-11-22T10:01:00.000Z',
    }),
  );
  return folder;
}
