import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStatus, storeStatus } from '../../../lib/query/status.ts';
import { withStoreView } from '../../../lib/query/store-view.ts';
import { eventId } from '../../../lib/events/event-id.ts';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { createPaint } from '../../../lib/cli/text/paint.ts';
import { formatStatus } from '../../../lib/cli/text/status-text.ts';
import { inStore, preparedStore, SESSION, START } from '../cli/prepared-store.ts';
import { runCommand } from '../cli/run-command.ts';

const NOW = START + 60_000;

describe('readStatus', () => {
  it('has the shape that scripts rely on', async () => {
    const status = await look(preparedStore());
    expect(status.ledger).toEqual({
      captured: 0,
      stored: 0,
      queued: 0,
      dead: 0,
      discarded: 0,
      refused: 0,
      recovered: 0,
      abandoned: 0,
      gaps: 0,
    });
    expect(status.queue).toEqual({ pending: 0, delayed: 0, processing: 0, dead: 0 });
    expect(status.outbox).toEqual({ due: 0, running: 0, dead: 0 });
    expect(status.workers).toEqual([]);
    expect(status.sessions).toMatchObject({ active: 1, total: 2 });
    expect(status.disk.total).toBeGreaterThan(0);
    expect(status.store).toEqual({ state: 'ok', message: null });
  });

  it('counts what is stored and what waits, with the age of the oldest', async () => {
    const folder = preparedStore();
    const waiting = { time: START + 50_000, random: '00000000000000aa' };
    enqueue(folder, `5_${waiting.time}_${waiting.random}.a0.json`);
    note(folder, ['evt_20261122_100000_0000000000000001', eventId(waiting)]);
    const status = await look(folder);
    expect(status.ledger).toMatchObject({ captured: 2, stored: 1, queued: 1, gaps: 0 });
    expect(status.queue).toMatchObject({ pending: 1, oldestAgeSeconds: 10 });
  });

  it('counts deliveries that are not done, over all handlers and webhooks', async () => {
    const folder = preparedStore();
    const states = ['due', 'due', 'due', 'running', 'dead', 'dead', 'done', 'discarded'];
    inStore(folder, (database) => {
      const add = database.prepare(
        'INSERT INTO deliveries (event_id, subscription, state, due_at, created_at) VALUES (?, ?, ?, 1, 1)',
      );
      for (const [index, state] of states.entries())
        add.run(`e${index}`, index % 2 === 0 ? 'user/notify' : 'webhook/team', state);
    });
    const status = await look(folder);
    expect(status.outbox).toEqual({ due: 3, running: 1, dead: 2 });
    expect(formatStatus(status, createPaint(false))).toContain(
      'Outbox    3 waiting · 1 running · 2 dead (`waymark dead list`)',
    );
    expect((await runCommand(folder, [])).out).toContain('2 deliveries failed permanently');
  });

  it('counts a gap only when it is seen twice', async () => {
    const folder = preparedStore();
    note(folder, ['evt_20261122_100000_00000000000000bb', 'evt_20261122_100000_00000000000000cc']);
    let looks = 0;
    const status = await look(folder, () => {
      looks += 1;
      enqueue(folder, `5_${START}_00000000000000bb.a0.json`);
    });
    expect(looks).toBe(1);
    expect(status.ledger).toMatchObject({ captured: 2, queued: 1, gaps: 1 });
  });

  it('does not take a second look without a gap', async () => {
    const refuse = (): never => {
      throw new Error('slept');
    };
    await expect(look(preparedStore(), refuse)).resolves.toBeDefined();
  });

  it('says that the store is missing instead of failing', async () => {
    const folder = preparedStore();
    const status = await look({ ...folder, store: `${folder.root}/none.db` });
    expect(status.store).toEqual({ state: 'missing', message: null });
    expect(status.sessions.total).toBe(0);
    expect(status.outbox.due).toBe(0);
  });

  it('says that the store is corrupt, and calls nothing a gap that it cannot see', async () => {
    const folder = preparedStore();
    note(folder, ['evt_20261122_100000_0000000000000001']);
    writeFileSync(
      `${folder.root}/bad.db`,
      'this is not a database, and it is long enough to be read as one'.repeat(40),
    );
    const status = await look({ ...folder, store: `${folder.root}/bad.db` });
    expect(status.store.state).toBe('corrupt');
    expect(status.ledger).toMatchObject({ captured: 1, gaps: 0, unknown: 1 });
    expect(formatStatus(status, createPaint(false)).join('\n')).toMatch(/corrupt/);
  });

  it('says that the store is locked while another program holds it', async () => {
    const folder = preparedStore();
    const store = `${folder.root}/held.db`;
    const holder = sqliteDriver()(store);
    holder.exec('PRAGMA user_version = 1; CREATE TABLE sessions (id TEXT); BEGIN EXCLUSIVE');
    const status = await look({ ...folder, store });
    holder.exec('ROLLBACK');
    holder.close();
    expect(status.store.state).toBe('locked');
  });

  it('counts the hook errors of the last day and shows the last one', async () => {
    const folder = preparedStore();
    mkdirSync(folder.log);
    const line = (ms: number, message: string): string =>
      `${JSON.stringify({ time: new Date(ms).toISOString(), level: 'error', code: 'QUEUE_FULL', message, remedy: 'Start a worker', hook: 'Stop' })}\n`;
    writeFileSync(
      `${folder.log}/hook-errors.log`,
      `${line(NOW - 90_000_000, 'old')}${line(NOW - 2_000, 'first')}no json\n${line(NOW - 1_000, 'second')}`,
    );
    const status = await look(folder);
    expect(status.hookErrors).toMatchObject({
      count: 2,
      last: { message: 'second', code: 'QUEUE_FULL', hook: 'Stop', remedy: 'Start a worker' },
    });
  });

  it('shows a worker that died by its heartbeat', async () => {
    const folder = preparedStore();
    mkdirSync(folder.heartbeat);
    writeFileSync(
      `${folder.heartbeat}/w1.json`,
      JSON.stringify({
        id: 'w1',
        pid: 42,
        mode: 'event-loop',
        timestamp: new Date(NOW).toISOString(),
        freshUntil: new Date(NOW + 9_000).toISOString(),
        leader: true,
      }),
    );
    const status = await look(folder);
    expect(status.workers).toMatchObject([
      { id: 'w1', pid: 42, mode: 'event-loop', state: 'dead', heartbeat: { pid: 42 } },
    ]);
  });
});

describe('statusText', () => {
  it('is plain without colours and has no line that ends in spaces', async () => {
    const text = formatStatus(await look(preparedStore()), createPaint(false));
    expect(text.join('\n')).not.toContain('\u001b');
    expect(text.filter((line) => line !== line.trimEnd())).toEqual([]);
    expect(text).toContain('Ledger    0 captured = 0 stored ✓');
  });
});

function look(
  folder: StateFolder,
  sleep: () => void = () => undefined,
): ReturnType<typeof readStatus> {
  return readStatus({ folder, clock: () => NOW, sleep: async () => sleep() });
}

function note(folder: StateFolder, ids: readonly string[]): void {
  mkdirSync(`${folder.throttle}/${SESSION}`, { recursive: true });
  writeFileSync(`${folder.throttle}/${SESSION}/captured`, ids.map((id) => `${id}\n`).join(''));
}

function enqueue(folder: StateFolder, name: string): void {
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  writeFileSync(`${queue.pending}/${name[0]}/${name}`, '{}');
}

describe('storeStatus', () => {
  it('calls a store whose disk is full by that name, with what to do, not ok', async () => {
    const folder = preparedStore();
    const store = withStoreView(folder, (view) => storeStatus(view, 0));
    expect(store).toEqual({
      state: 'full',
      message: 'its disk has 0 B left',
      remedy: 'Free some space: the store cannot be written.',
    });
    const text = formatStatus({ ...(await look(folder)), store }, createPaint(false)).join('\n');
    expect(text).toContain('Store     full: its disk has 0 B left');
    expect(text).not.toMatch(/Store +ok/);
  });

  it('says what is wrong with a store that cannot be read, however full its disk is', () => {
    expect(storeStatus({ state: 'locked', message: 'busy' }, 0)).toEqual({
      state: 'locked',
      message: 'busy',
    });
    expect(storeStatus({ state: 'missing' }, 0)).toEqual({ state: 'missing', message: null });
  });
});
