import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(JSON.parse(out)).toEqual([
      {
        id: ID,
        kind: 'entry',
        type: 'custom.made',
        reason: 'Cannot apply it',
        attempts: 5,
        at: '2026-11-22T10:01:00.000Z',
      },
    ]);
  });

  it('shows content and reason of the entry that a beginning means', async () => {
    const { out } = await runCommand(withDeadEntry(), ['dead', 'show', ID.slice(0, 12), '--json']);
    expect(JSON.parse(out)).toMatchObject({
      id: ID,
      kind: 'entry',
      content: { event_type: 'custom.made' },
      why: { code: 'HANDLING_FAILED' },
    });
  });

  it('retries an entry with a fresh count of attempts', async () => {
    const folder = withDeadEntry();
    expect((await runCommand(folder, ['dead', 'retry', ID])).status).toBe(0);
    expect(readdirSync(`${folder.queue}/pending/5`)).toEqual([FILE.replace('.a5.', '.a0.')]);
    expect(readdirSync(`${folder.queue}/dead`)).toEqual([]);
  });

  it('discards an entry and leaves its fate in the store', async () => {
    const folder = withDeadEntry();
    expect((await runCommand(folder, ['dead', 'discard', '--all'])).out).toBe(
      '1 entry discarded.\n',
    );
    expect(readdirSync(`${folder.queue}/dead`)).toEqual([]);
    const notes = [{ sessionId: SESSION, captured: [ID], refused: [] }];
    expect(inStore(folder, (database) => takeStock(folder, database, START, notes))).toMatchObject({
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

  it('does not say that nothing is dead when only nothing fits', async () => {
    const folder = withDeadEntry();
    for (const args of [
      ['list', '--reason', 'timed out'],
      ['retry', '--handler', 'notify'],
      ['discard', '--reason', 'x1'],
    ])
      expect(await runCommand(folder, ['dead', ...args])).toEqual({
        status: 0,
        out: 'Nothing that is dead fits; `waymark dead list` shows 1 dead letter.\n',
        err: '',
      });
  });

  it('does not know an id that fits none', async () => {
    expect(await runCommand(withDeadEntry(), ['dead', 'retry', 'evt_1999'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('evt_1999'),
    });
  });

  it('says so when nothing is dead', async () => {
    expect((await runCommand(preparedStore(), ['dead', 'list'])).out).toBe('Nothing is dead.\n');
    expect((await runCommand(preparedStore(), ['dead', 'retry', '--all'])).out).toBe(
      'Nothing is dead.\n',
    );
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

  it('lists both kinds in one view, with who should have got it', async () => {
    const { out } = await runCommand(withDeadDeliveries(withDeadEntry()), [
      'dead',
      'list',
      '--json',
    ]);
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ id: ID, kind: 'entry' }),
      {
        id: `${EVENT}@user/notify`,
        kind: 'delivery',
        type: 'task.failed',
        reason: 'exit status 1',
        attempts: 5,
        at: '2026-11-22T10:00:00.000Z',
        handler: 'user/notify',
      },
      expect.objectContaining({ id: `${EVENT}@webhook/ops`, handler: 'webhook/ops' }),
    ]);
  });

  it.each([
    [['--handler', 'notify'], ['user/notify']],
    [['--handler', 'webhook/ops'], ['webhook/ops']],
    [['--reason', 'ANSWERED'], ['webhook/ops']],
    [['--handler', 'notify', '--reason', 'answered'], []],
  ])('lists those that %j means', async (flags, handlers) => {
    const { out } = await runCommand(withDeadDeliveries(), ['dead', 'list', '--json', ...flags]);
    expect(JSON.parse(out).map(({ handler }: { handler: string }) => handler)).toEqual(handlers);
  });

  it('shows one with its event and what the handler said', async () => {
    const folder = withDeadDeliveries();
    const { out } = await runCommand(folder, ['dead', 'show', `${EVENT}@user`, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'delivery',
      handler: 'user/notify',
      output: 'half of it',
      content: { event_type: 'task.failed' },
    });
    expect((await runCommand(folder, ['dead', 'show', `${EVENT}@user/notify`])).out).toContain(
      'exit status 1',
    );
    expect(await runCommand(folder, ['dead', 'show', EVENT])).toMatchObject({
      status: 2,
      err: expect.stringContaining('webhook/ops'),
    });
  });

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
      '1 entry and 2 deliveries retried, as soon as a worker runs.\n',
    );
    const other = withDeadDeliveries();
    await runCommand(other, ['dead', 'retry', EVENT]);
    expect(decisions(other)).toMatchObject([
      { deliveries: [{ subscription: 'user/notify' }, { subscription: 'webhook/ops' }] },
    ]);
  });

  it('needs a choice of which ones', async () => {
    expect((await runCommand(withDeadDeliveries(), ['dead', 'retry'])).status).toBe(2);
    expect((await runCommand(withDeadDeliveries(), ['dead', 'retry', EVENT, '--all'])).status).toBe(
      2,
    );
  });

  it('still shows entries when the store cannot be read', async () => {
    const folder = withDeadEntry();
    for (const tail of ['', '-wal', '-shm']) rmSync(`${folder.store}${tail}`, { force: true });
    writeFileSync(
      folder.store,
      'this is not a database any more, whatever it was before'.repeat(50),
    );
    const { out, err } = await runCommand(folder, ['dead', 'list', '--json']);
    expect(JSON.parse(out)).toHaveLength(1);
    expect(err).toContain('Deliveries are left out');
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
