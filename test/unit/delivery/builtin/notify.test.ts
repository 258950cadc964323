import { describe, expect, it } from 'vitest';
import {
  type Notice,
  NOTIFIED,
  notifyHandler,
  type WaitingSession,
} from '../../../../lib/delivery/builtin/notify.ts';
import type { DeliveryResult } from '../../../../lib/delivery/subscription.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { testEvent } from '../../../support/test-event.ts';

const NOW = Date.parse('2026-11-22T05:00:00.000Z');
const MINUTE_MS = 60_000;

const STOP = testEvent({
  event_type: 'checkpoint.created',
  timestamp: '2026-11-22T04:59:58.000Z',
  payload: { session_id: 's1', kind: 'stop' },
});
const ASKS = testEvent({
  event_type: 'session.notified',
  timestamp: '2026-11-22T04:59:58.000Z',
  payload: { session_id: 's1', waits_for: 'permission' },
});

const RESTS: WaitingSession = {
  ...{ state: 'waiting-for-you', project: '/home/user/shop', message: null },
  ...{ promptAt: NOW - 3 * MINUTE_MS, workedAt: NOW - 2_000, notifiedAt: 0 },
  terminal: '/dev/pts/1',
};

interface Given {
  readonly event?: EventEnvelope;
  readonly session?: Partial<WaitingSession> | undefined;
  readonly attempt?: number;
  readonly problem?: string;
}

async function deliver({ event = STOP, attempt = 2, problem, ...given }: Given = {}): Promise<{
  readonly result: DeliveryResult;
  readonly shown: readonly Notice[];
}> {
  const shown: Notice[] = [];
  const known = 'session' in given && given.session === undefined;
  const handler = notifyHandler({
    clock: () => NOW,
    emit: () => undefined,
    notifySettings: () => ({ isOn: true, afterMs: 30_000 }),
    waitingSession: () => Promise.resolve(known ? undefined : { ...RESTS, ...given.session }),
    showNotice: (notice) => {
      shown.push(notice);
      return Promise.resolve(problem);
    },
  });
  const signal = new AbortController().signal;
  return { result: await handler.deliver({ event, attempt, signal }), shown };
}

function isWanted(event: EventEnvelope, isOn = true): boolean {
  const handler = notifyHandler({
    clock: () => NOW,
    emit: () => undefined,
    notifySettings: () => ({ isOn, afterMs: 0 }),
    waitingSession: () => Promise.resolve(undefined),
    showNotice: () => Promise.resolve(undefined),
  });
  return handler.accepts?.(event) ?? true;
}

describe('the handler notify', () => {
  it('shows that a session waits after a long turn, without a word of what was said in it', async () => {
    const { result, shown } = await deliver();
    expect(result).toEqual({ state: 'done', output: NOTIFIED });
    expect(shown).toEqual([
      {
        ...{ title: 'Claude Code · shop', text: 'Waiting for you after 2m 58s' },
        terminal: '/dev/pts/1',
      },
    ]);
  });

  it('names what needs permission, on one line', async () => {
    const message = `Claude needs your permission to use\n\u001b[31mBash ${'x'.repeat(500)}`;
    const session = { state: 'waiting-for-permission', message };
    const { shown } = await deliver({ event: ASKS, session });
    const text = shown[0]?.text ?? '';
    expect(text).toMatch(
      /^Waiting for permission after 2m 58s: Claude needs your permission to use [^\n\u001b]*Bash x+…$/,
    );
    expect(text.length).toBeLessThan(170);
  });

  it('wants ends of turns and questions of sessions, never of agents, and nothing while it is off', () => {
    expect([STOP, ASKS].map((event) => isWanted(event))).toEqual([true, true]);
    expect([STOP, ASKS].map((event) => isWanted(event, false))).toEqual([false, false]);
    const others = [
      { ...STOP, payload: { ...STOP.payload, agent_id: 'a1' } },
      { ...STOP, payload: { ...STOP.payload, kind: 'auto' } },
      { ...STOP, payload: { kind: 'stop' } },
      { ...ASKS, payload: { session_id: 's1' } },
    ];
    expect(others.map((event) => isWanted(event))).toEqual([false, false, false, false]);
  });

  it('looks again after two seconds before it shows anything', async () => {
    const { result, shown } = await deliver({ attempt: 1 });
    expect(result).toMatchObject({ state: 'waiting', afterMs: 2_000 });
    expect(shown).toEqual([]);
  });

  it.each([
    ['the session continued', { session: { state: 'working' } }],
    ['the session continued', { session: undefined }],
    ['only 28s of work', { session: { promptAt: NOW - 30_000 } }],
    ['too late', { event: { ...STOP, timestamp: '2026-11-22T04:57:00.000Z' } }],
    [
      'notified before, and nothing happened since',
      { session: { notifiedAt: NOW - 1_000, workedAt: NOW - 2_000 } },
    ],
    ['only 10s of work', { session: { notifiedAt: NOW - 12_000 } }],
    // the client tells after a minute that nobody types: that minute was no work
    ['only 5s of work', { session: { promptAt: NOW - 65_000, workedAt: NOW - 60_000 } }],
  ])('shows nothing: %s', async (output, given) => {
    const { result, shown } = await deliver(given);
    expect(result).toEqual({ state: 'done', output });
    expect(shown).toEqual([]);
  });

  it('keeps why a notice could not be shown', async () => {
    const { result } = await deliver({ problem: 'notify-send was not found' });
    expect(result).toEqual({ state: 'done', output: 'cannot notify: notify-send was not found' });
  });
});
