import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  DeliveryResult,
  Subscription,
  SubscriptionSource,
} from '../../../../lib/delivery/subscription.ts';
import type { PostAnswer, Poster, PostRequest } from '../../../../lib/delivery/webhooks/poster.ts';
import { type Webhook, webhooksFile } from '../../../../lib/delivery/webhooks/webhook-list.ts';
import { readNotes, webhookNotesFile } from '../../../../lib/delivery/webhooks/webhook-notes.ts';
import { makeSecret } from '../../../../lib/delivery/webhooks/webhook-secret.ts';
import { webhookSource } from '../../../../lib/delivery/webhooks/webhook-source.ts';
import type { EventDraft } from '../../../../lib/events/envelope.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';

const HOUR = 3_600_000;
const SECRET = makeSecret();

describe('webhookSource', () => {
  it('makes a subscription of each webhook, and the same list as long as nothing changes', () => {
    const { source, list } = setting();
    expect(source()).toEqual([]);
    list(webhook({ types: ['task.*'] }), webhook({ name: 'other', id: 'wh_2' }));
    expect(source()).toMatchObject([
      {
        name: 'webhook/ci',
        kind: 'webhook',
        types: ['task.*'],
        timeoutMs: 15_000,
        maxAttempts: 10,
      },
      { name: 'webhook/other', types: ['*'] },
    ]);
    expect(source()).toBe(source());
    list();
    expect(source()).toEqual([]);
  });

  it('keeps the known webhooks when the list is broken, and reports that once, without its content', () => {
    const { root, source, list, lines } = setting();
    list(webhook());
    expect(source()).toHaveLength(1);
    writeFileSync(webhooksFile(root), `{"webhooks": [{"secret": "${SECRET}" oops`);
    expect([source(), source()].map(({ length }) => length)).toEqual([1, 1]);
    expect(lines.map(({ level, code }) => [level, code])).toEqual([['error', 'WEBHOOKS_INVALID']]);
    expect(JSON.stringify(lines)).not.toContain(SECRET.slice(6, 20));
  });

  it('skips an invalid entry, and reports which and why', () => {
    const { source, list, lines } = setting();
    list(webhook(), { ...webhook({ name: 'bad', id: 'wh_2' }), secret: 'whsec_tooshort' });
    expect(source().map(({ name }) => name)).toEqual(['webhook/ci']);
    expect(lines[0]?.message).toContain('webhook bad: secret must be whsec_');
    expect(lines[0]?.message).not.toContain('tooshort');
  });

  it('posts an event to the address, with a time of now and the id of the event', async () => {
    const { source, list, clock, posted } = setting();
    list(webhook());
    expect(await deliver(source)).toEqual({ state: 'done', output: 'HTTP 200: ok' });
    expect(posted).toMatchObject([
      {
        url: 'https://ci.example/hook',
        headers: {
          'webhook-id': testEvent().event_id,
          'webhook-timestamp': String(clock() / 1000),
        },
      },
    ]);
  });

  it('keeps id and body over attempts, and signs again', async () => {
    const { source, list, answer, advance, posted } = setting();
    list(webhook());
    answer({ status: 500 });
    await deliver(source);
    advance(5_000);
    await deliver(source, {}, 2);
    const [first, second] = posted;
    expect([second?.headers['webhook-id'], second?.body]).toEqual([
      first?.headers['webhook-id'],
      first?.body,
    ]);
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  });

  it.each<[string, Partial<PostAnswer>, DeliveryResult]>([
    ['204', { status: 204, head: '' }, { state: 'done', output: 'HTTP 204' }],
    ['400', { status: 400 }, { state: 'failed', reason: 'HTTP 400: ok' }],
    ['401', { status: 401 }, { state: 'failed', reason: 'HTTP 401: ok' }],
    ['404', { status: 404 }, { state: 'failed', reason: 'HTTP 404: ok' }],
    ['410', { status: 410, head: '' }, { state: 'gone', reason: 'HTTP 410: the receiver is gone' }],
    [
      '429 and a time',
      { status: 429, retryAfter: '60' },
      { state: 'failed', reason: 'HTTP 429: ok', afterMs: 60_000 },
    ],
    ['500', { status: 500 }, { state: 'failed', reason: 'HTTP 500: ok' }],
    [
      '503 and too long a time',
      { status: 503, retryAfter: '999999' },
      { state: 'failed', reason: 'HTTP 503: ok', afterMs: 86_400_000 },
    ],
    [
      'a redirect to another host',
      { status: 302, location: 'https://elsewhere.example/x?token=hidden' },
      {
        state: 'failed',
        reason:
          'HTTP 302: it redirects to https://elsewhere.example, and redirects are not followed',
      },
    ],
    [
      'a redirect to nowhere',
      { status: 301 },
      {
        state: 'failed',
        reason: 'HTTP 301: it redirects to nowhere, and redirects are not followed',
      },
    ],
    [
      '304',
      { status: 304 },
      {
        state: 'failed',
        reason: 'HTTP 304: it redirects to nowhere, and redirects are not followed',
      },
    ],
  ])('judges %s by the rules of Standard Webhooks', async (_what, answered, result) => {
    const { source, list, answer } = setting();
    list(webhook());
    answer(answered);
    expect(await deliver(source)).toEqual(result);
  });

  it("keeps one line of the receiver's answer, without secrets", async () => {
    const { source, list, answer } = setting();
    list(webhook());
    answer({
      status: 500,
      head: `bad\u001b[2J\n  key ${SECRET}, ${SECRET.slice(6)} and sk-ant-api03-${'a1B2'.repeat(24)} ${'x'.repeat(500)}`,
    });
    const result = await deliver(source);
    const reason = 'reason' in result ? result.reason : '';
    expect(reason).toMatch(
      /^HTTP 500: bad \[2J key \[redacted\], \[redacted\] and \[redacted\] x+$/,
    );
    expect(reason.length).toBeLessThan(250);
  });

  it('reports why there was no answer', async () => {
    const { source, list, answer } = setting();
    list(webhook());
    answer(new AggregateError([new Error('connect ECONNREFUSED ::1:80')]));
    expect(await deliver(source)).toEqual({
      state: 'failed',
      reason: 'connect ECONNREFUSED ::1:80',
    });
  });

  it('waits between attempts as Standard Webhooks recommends', () => {
    const { source, list } = setting();
    list(webhook());
    expect([1, 2, 9].map((attempt) => source()[0]?.retryDelayMs?.(attempt))).toEqual([
      5_000, 300_000, 86_400_000,
    ]);
  });

  it('switches a receiver off that is gone, also for the next worker, until it is switched on again', async () => {
    const { root, source, list, answer, again, codes } = setting();
    list(webhook());
    answer({ status: 410 });
    await deliver(source);
    expect([source(), again()()]).toEqual([[], []]);
    expect(codes()).toContain('WEBHOOK_GONE');
    expect(readNotes(webhookNotesFile(root)).get('wh_1')).toMatchObject({
      goneAt: expect.any(String),
    });
    list(webhook({ id: 'wh_2' }));
    expect(source()).toHaveLength(1);
  });

  it('notices that another worker got 410 from a receiver', async () => {
    const { source, list, answer, again } = setting();
    list(webhook());
    const other = again();
    expect(other()).toHaveLength(1);
    answer({ status: 410 });
    await deliver(source);
    expect(other()).toEqual([]);
  });

  it('posts one at a time to a failing receiver until it accepts something', async () => {
    const { source, list, answer, codes } = setting();
    list(webhook());
    expect(source()[0]?.concurrency).toBe(4);
    answer({ status: 503 });
    await deliver(source);
    expect(source()[0]?.concurrency).toBe(1);
    answer({ status: 200 });
    await deliver(source);
    expect(source()[0]?.concurrency).toBe(4);
    expect(codes()).toContain('WEBHOOK_BACK');
  });

  it('records what the command line shows, and forgets webhooks that are no longer listed', async () => {
    const { root, source, list, answer, clock, advance } = setting();
    const notes = () => Object.fromEntries(readNotes(webhookNotesFile(root)));
    list(webhook());
    await deliver(source);
    const first = new Date(clock()).toISOString();
    expect(notes()).toEqual({ wh_1: { lastSuccessAt: first } });
    advance(HOUR);
    answer({ status: 500 });
    await deliver(source);
    const then = new Date(clock()).toISOString();
    expect(notes()).toEqual({
      wh_1: {
        lastSuccessAt: first,
        failingSince: then,
        lastFailureAt: then,
        reason: 'HTTP 500: ok',
        reportedAt: then,
      },
    });
    list(webhook({ name: 'other', id: 'wh_2' }));
    source();
    await deliver(source);
    expect(Object.keys(notes())).toEqual(['wh_2']);
  });
});

describe('what a failing webhook reports', () => {
  it('makes a failed call an event, once an hour, with its own event as the cause', async () => {
    const { source, list, answer, advance, emitted } = setting();
    list(webhook());
    answer({ status: 500 });
    for (const _ of [1, 2, 3]) await deliver(source, { correlation_id: 'prompt-7' });
    expect(emitted).toEqual([
      {
        type: 'network.failed',
        priority: 5,
        correlationId: 'prompt-7',
        metadata: { cause: testEvent().event_id, depth: 1 },
        payload: {
          kind: 'webhook',
          name: 'ci',
          host: 'ci.example',
          status: 500,
          reason: 'HTTP 500: ok',
        },
      },
    ]);
    advance(HOUR);
    await deliver(source);
    expect(emitted).toHaveLength(2);
  });

  it('makes no event of a failure to deliver such an event', async () => {
    const { source, list, answer, emitted } = setting();
    list(webhook());
    answer(new Error('connect ECONNREFUSED'));
    await deliver(source, { event_type: 'network.failed' });
    expect(emitted).toEqual([]);
    await deliver(source);
    expect(emitted).toMatchObject([
      {
        payload: {
          kind: 'webhook',
          name: 'ci',
          host: 'ci.example',
          reason: 'connect ECONNREFUSED',
        },
      },
    ]);
    expect(emitted[0]?.payload).not.toHaveProperty('status');
  });

  it('is logged once a day while it lasts', async () => {
    const { source, list, answer, advance, codes } = setting();
    list(webhook());
    answer({ status: 500 });
    for (let hour = 0; hour < 72; hour += 1) {
      await deliver(source);
      advance(HOUR);
    }
    expect(codes().filter((code) => code === 'WEBHOOK_FAILING')).toHaveLength(2);
  });

  it('is nothing while the worker stops', async () => {
    const { root, source, list, answer, emitted } = setting();
    list(webhook());
    answer(new Error('aborted'));
    await deliver(source, {}, 1, AbortSignal.abort(new Error('shutdown')));
    expect([emitted, readNotes(webhookNotesFile(root)).size]).toEqual([[], 0]);
  });

  it('contains no secret, neither in the log nor in notes nor in events', async () => {
    const { root, source, list, answer, lines, emitted } = setting();
    list(webhook({ url: 'https://ci.example/hook/a1b2c3d4e5f6g7h8i9j0?token=hidden' }));
    answer({ status: 500, head: `echo ${SECRET}` });
    await deliver(source);
    answer({ status: 410 });
    await deliver(source);
    const said = JSON.stringify([lines, emitted]) + readFileSync(webhookNotesFile(root), 'utf8');
    expect(said).not.toMatch(/hidden|a1b2c3/);
    expect(said).not.toContain(SECRET.slice(6));
  });
});

interface Setting {
  readonly root: string;
  readonly source: SubscriptionSource;
  /** What another worker would have. */
  readonly again: () => SubscriptionSource;
  readonly list: (...webhooks: readonly object[]) => void;
  readonly answer: (next: Partial<PostAnswer> | Error) => void;
  readonly posted: readonly PostRequest[];
  readonly emitted: readonly EventDraft[];
  readonly clock: () => number;
  readonly advance: (ms: number) => void;
  readonly lines: ReturnType<typeof memoryLog>['lines'];
  readonly codes: () => readonly string[];
}

function setting(): Setting {
  const root = tempFolder();
  const posted: PostRequest[] = [];
  const emitted: EventDraft[] = [];
  let next: Partial<PostAnswer> | Error = {};
  const poster: Poster = {
    async post(request) {
      posted.push(request);
      if (next instanceof Error) throw next;
      return { status: 200, retryAfter: undefined, location: undefined, head: 'ok', ...next };
    },
    close: () => undefined,
  };
  const { clock, advance } = fakeClock();
  const { log, lines, codes } = memoryLog();
  const again = () =>
    webhookSource({
      root,
      poster,
      clock,
      log,
      random: () => 0,
      emit: (draft) => void emitted.push(draft),
    });
  const list = (...webhooks: readonly object[]): void =>
    writeFileSync(webhooksFile(root), JSON.stringify({ webhooks }));
  const answer = (given: Partial<PostAnswer> | Error): void => {
    next = given;
  };
  return {
    root,
    source: again(),
    again,
    list,
    answer,
    posted,
    emitted,
    clock,
    advance,
    lines,
    codes,
  };
}

function webhook(own: Partial<Webhook> = {}): Webhook {
  return {
    name: 'ci',
    id: 'wh_1',
    url: 'https://ci.example/hook',
    types: ['*'],
    secret: SECRET,
    addedAt: '2026-11-22T10:00:00.000Z',
    ...own,
  };
}

async function deliver(
  source: SubscriptionSource,
  own: Parameters<typeof testEvent>[0] = {},
  attempt = 1,
  signal = new AbortController().signal,
): Promise<DeliveryResult> {
  const [subscription]: readonly Subscription[] = source();
  if (subscription === undefined) throw new Error('nobody subscribes');
  return await subscription.deliver({ event: testEvent(own), attempt, signal });
}
