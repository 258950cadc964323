import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Webhook, webhooksFile } from '../../lib/delivery/webhooks/webhook-list.ts';
import { makeSecret } from '../../lib/delivery/webhooks/webhook-secret.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { type TestHome, testHome } from '../support/test-home.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

describe('a worker with a webhook', () => {
  it('posts what is wanted from the moment at which the webhook is listed', async () => {
    const home = testHome();
    const receiver = await startReceiver();
    programs.worker({ home: home.root });
    const before = home.enqueue({ type: 'task.failed' });
    await eventually('the first event is stored', () => home.isStored(before));
    list(home, receiver.url);
    const wanted = home.enqueue({ type: 'task.failed', payload: { session_id: 's1' } });
    home.enqueue({ type: 'session.ended' });
    await eventually('the second event is posted', () => receiver.received.length > 0);
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { id: wanted, type: 'waymark.task.failed', subject: 's1' },
    ]);
    await eventually('it is noted', () => delivered(home) === 1);
  });

  it('reports that no receiver listens, and delivers when one does', async () => {
    const home = testHome();
    const gone = await startReceiver();
    await gone.kill();
    list(home, gone.url);
    programs.worker({ home: home.root });
    const ids = [1, 2, 3].map(() => home.enqueue({ type: 'task.failed' }));
    await eventually(
      'the failure is an event',
      () => home.rows("SELECT 1 FROM events WHERE type = 'network.failed'").length === 1,
    );
    const back = await startReceiver({ port: gone.port });
    await eventually('all are delivered', () => delivered(home) === 3, 30_000);
    expect(idsOf(back)).toEqual(ids.toSorted());
    expect(
      home.rows(
        "SELECT json_extract(envelope, '$.payload.kind') AS kind FROM events WHERE type = 'network.failed'",
      ),
    ).toEqual([{ kind: 'webhook' }]);
  });

  it('posts again, with the same id, what the worker before it died over', async () => {
    const home = testHome();
    const deaf = await startReceiver({ answer: () => undefined });
    list(home, deaf.url);
    const first = programs.worker({ home: home.root });
    const id = home.enqueue({ type: 'task.failed' });
    await eventually('it is posted', () => deaf.received.length > 0);
    first.kill('SIGKILL');
    await first.exited;
    await deaf.kill();
    const receiver = await startReceiver({ port: deaf.port });
    programs.worker({ home: home.root });
    await eventually('it is posted again', () => receiver.received.length > 0, 45_000);
    expect([idsOf(deaf), idsOf(receiver)]).toEqual([[id], [id]]);
  });

  it('ends in its time while a receiver says nothing, and loses nothing by it', async () => {
    const home = testHome();
    const deaf = await startReceiver({ answer: () => undefined });
    list(home, deaf.url);
    const worker = programs.worker({ home: home.root });
    home.enqueue({ type: 'task.failed' });
    await eventually('it is posted', () => deaf.received.length > 0);
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
    expect(
      home.rows("SELECT state, attempts FROM deliveries WHERE subscription = 'webhook/here'"),
    ).toEqual([{ state: 'due', attempts: 0 }]);
    expect(home.rows("SELECT 1 FROM events WHERE type = 'network.failed'")).toEqual([]);
  });
});

function list({ root }: TestHome, url: string): void {
  const webhook: Webhook = {
    name: 'here',
    id: 'wh_1',
    url,
    types: ['task.*'],
    secret: makeSecret(),
    addedAt: '2026-11-22T10:00:00.000Z',
  };
  writeFileSync(webhooksFile(root), JSON.stringify({ webhooks: [webhook] }));
}

function delivered(home: TestHome): number {
  return home.rows(
    "SELECT 1 FROM deliveries WHERE subscription = 'webhook/here' AND state = 'done'",
  ).length;
}

function idsOf({ received }: Receiver): readonly string[] {
  return received.map(({ headers }) => String(headers['webhook-id'])).toSorted();
}
