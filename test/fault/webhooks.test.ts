import { writeFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBus } from '../../lib/delivery/open-bus.ts';
import { httpPoster } from '../../lib/delivery/webhooks/poster.ts';
import { type Webhook, webhooksFile } from '../../lib/delivery/webhooks/webhook-list.ts';
import { makeSecret } from '../../lib/delivery/webhooks/webhook-secret.ts';
import { webhookSource } from '../../lib/delivery/webhooks/webhook-source.ts';
import type { EventDraft } from '../../lib/events/envelope.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testEvent } from '../support/test-event.ts';
import { testStore } from '../support/test-store.ts';
import { type Received, type ReceiverOptions, startReceiver } from '../support/webhook-receiver.ts';

const MINUTE = 60_000;

describe('webhooks in bad weather', () => {
  it('deliver everything to a receiver that was down for an hour, signed and once each', async () => {
    const { add, apply, pass, states } = bus();
    const receiver = await startReceiver();
    const secret = add(receiver.url);
    await receiver.kill();
    const ids = await apply(40);
    await pass(60 * MINUTE);
    expect(states()).toEqual({ due: 40 });
    const back = await startReceiver({ port: receiver.port });
    await pass(3 * 60 * MINUTE);
    expect(states()).toEqual({ done: 40 });
    expect(back.received.map(idOf).toSorted()).toEqual(ids);
    for (const { headers, body } of back.received) {
      const at = new Date(Number(headers['webhook-timestamp']) * 1000);
      expect(headers['webhook-signature']).toBe(
        new Verifier(secret).sign(String(headers['webhook-id']), at, body),
      );
      expect(new CloudEvent(JSON.parse(body), false).validate()).toBe(true);
    }
  });

  it('lose nothing when the receiver is killed again and again; it can tell what it has had already', async () => {
    const { add, apply, pass, states } = bus();
    const taken: string[] = [];
    // takes a few, then dies before it answers: it is unknown whether it had them
    const answer: ReceiverOptions['answer'] = (response, count) => {
      if (count > 5) response.socket?.destroy();
      else response.writeHead(204).end();
    };
    let receiver = await startReceiver({ answer });
    add(receiver.url);
    const ids = await apply(30);
    for (let round = 0; round < 3; round += 1) {
      taken.push(...receiver.received.map(idOf));
      await receiver.kill();
      receiver = await startReceiver({ port: receiver.port, answer });
      await pass(40 * MINUTE);
    }
    taken.push(...receiver.received.map(idOf));
    await receiver.kill();
    const last = await startReceiver({ port: receiver.port });
    await pass(24 * 60 * MINUTE);
    taken.push(...last.received.map(idOf));
    expect(states()).toEqual({ done: 30 });
    expect([...new Set(taken)].toSorted()).toEqual(ids);
    expect(taken.length).toBeGreaterThan(ids.length);
  });

  it('leave a receiver alone for as long as it asks', async () => {
    const { add, apply, pass, states } = bus();
    const receiver = await startReceiver({
      answer: (response, count) =>
        void (
          count === 1 ? response.writeHead(429, { 'retry-after': '3600' }) : response.writeHead(204)
        ).end(),
    });
    add(receiver.url);
    await apply(1);
    await pass(59 * MINUTE);
    expect([states(), receiver.received.length]).toEqual([{ due: 1 }, 1]);
    await pass(2 * MINUTE);
    expect([states(), receiver.received.length]).toEqual([{ done: 1 }, 2]);
  });

  it('give up after ten attempts over three days, and keep what was given up', async () => {
    const { add, apply, pass, states, emitted } = bus();
    const receiver = await startReceiver({ answer: (response) => response.writeHead(500).end() });
    add(receiver.url);
    await apply(1);
    await pass(60 * 60 * MINUTE);
    expect(states()).toEqual({ due: 1 });
    await pass(20 * 60 * MINUTE);
    expect([states(), receiver.received.length]).toEqual([{ dead: 1 }, 10]);
    expect(new Set(receiver.received.map(idOf)).size).toBe(1);
    expect(emitted).toMatchObject([
      { type: 'network.failed' },
      ...Array.from({ length: 6 }, () => ({ payload: { name: 'here', status: 500 } })),
    ]);
  });

  it('stop at once when the receiver is gone, and begin again when it is enabled', async () => {
    const { add, apply, pass, states } = bus();
    const receiver = await startReceiver({
      answer: (response, count) => response.writeHead(count === 1 ? 410 : 204).end(),
    });
    const secret = add(receiver.url);
    await apply(1);
    await apply(3);
    await pass(24 * 60 * MINUTE);
    expect([states(), receiver.received.length]).toEqual([{ dead: 1 }, 1]);
    add(receiver.url, secret, 'wh_again');
    await apply(2);
    expect(states()).toEqual({ dead: 1, done: 2 });
  });

  it('reach the other receivers while one does not answer', async () => {
    const { add, apply, states, close } = bus();
    const silent = await startReceiver({ answer: () => undefined });
    const quick = await startReceiver();
    add([silent.url, quick.url]);
    await apply(20, { isAwaited: false });
    await expect.poll(() => quick.received.length, { timeout: 10_000 }).toBe(20);
    await close();
    expect(states('webhook/here')).toEqual({ due: 20 });
    expect(states('webhook/here-2')).toEqual({ done: 20 });
  });
});

function bus() {
  const root = tempFolder();
  const { clock, advance } = fakeClock();
  const database = testStore();
  const poster = httpPoster();
  const emitted: EventDraft[] = [];
  const log = memoryLog();
  onTestFinished(() => poster.close());
  const { effects, deliveries } = openBus({
    sources: [
      webhookSource({
        root,
        poster,
        clock,
        log: log.log,
        random: () => 0.5,
        emit: (draft) => void emitted.push(draft),
      }),
    ],
    database: () => database,
    clock,
    random: () => 0.5,
    log: log.log,
    me: () => 'w1',
    most: () => 8,
    once: false,
    wake: () => undefined,
    onFault: (fault) => {
      throw fault;
    },
    isLeader: () => true,
    ringOthers: () => undefined,
  });
  const applier = eventApplier(database, [effects], clock);
  const close = (): Promise<void> => deliveries.close(0);
  onTestFinished(close);
  let made = 0;
  return {
    emitted,
    close,
    /**
     * Puts these receivers on the list, in place of what was there. @returns the secret that they
     * share.
     */
    add(urls: string | readonly string[], secret = makeSecret(), id = 'wh_1'): string {
      const webhooks = [urls].flat().map((url, index): Webhook => {
        const number = index === 0 ? '' : `-${index + 1}`;
        return {
          name: `here${number}`,
          id: `${id}${index}`,
          url,
          types: ['task.*'],
          secret,
          addedAt: '2026-11-22T10:00:00.000Z',
        };
      });
      writeFileSync(webhooksFile(root), JSON.stringify({ webhooks }));
      return secret;
    },
    /**
     * Applies so many events that are wanted and one that is not. @returns the ids of those that
     * are wanted.
     */
    async apply(count: number, { isAwaited = true } = {}): Promise<readonly string[]> {
      const events = Array.from({ length: count + 1 }, (_, index) => {
        made += 1;
        return testEvent({
          event_id: `evt_${String(made).padStart(5, '0')}`,
          event_type: index === count ? 'session.ended' : 'task.failed',
        });
      });
      applier(events);
      if (isAwaited) await deliveries.idle();
      return events.slice(0, count).map(({ event_id }) => event_id);
    },
    /** Lets time pass a minute at a time, each with all the work that falls due in it. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += MINUTE) {
        advance(MINUTE);
        await deliveries.idle();
      }
    },
    /** How many deliveries are in which state. */
    states(subscription = '%'): Readonly<Record<string, number>> {
      const rows = database
        .prepare(
          'SELECT state, count(*) AS n FROM deliveries WHERE subscription LIKE ? GROUP BY state',
        )
        .all(subscription);
      return Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['n'])]));
    },
  };
}

function idOf({ headers }: Received): string {
  return String(headers['webhook-id']);
}
