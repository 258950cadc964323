import { describe, expect, it } from 'vitest';
import { classifyWorker, type WorkerSigns } from '../../../lib/query/worker-state.ts';
import type { SeenHeartbeat } from '../../../lib/queue/wakeup/heartbeat.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const iso = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();
const EMPTY = { pending: 0, delayed: 0, processing: 0, dead: 0 };

describe('workerState', () => {
  it('is idle while its pipe lives, its heartbeat is fresh and nothing waits', () => {
    expect(classifyWorker(signs({}))).toBe('idle');
  });

  it('is working while entries wait or are held', () => {
    expect(classifyWorker(signs({ queue: { ...EMPTY, pending: 1, oldestAt: NOW - 10 } }))).toBe(
      'working',
    );
    expect(classifyWorker(signs({ queue: { ...EMPTY, processing: 1 } }))).toBe('working');
  });

  it('is working just after an entry', () => {
    expect(classifyWorker(signs({ lastEventAt: iso(1) }))).toBe('working');
  });

  it('is dead without a live pipe, however fresh its heartbeat', () => {
    expect(classifyWorker(signs({ hasLivePipe: false }))).toBe('dead');
  });

  it('is stuck when its heartbeat is overdue while the pipe lives', () => {
    expect(classifyWorker(signs({ freshUntil: iso(1) }))).toBe('stuck');
  });

  it('is stuck when an old entry waits and nothing was processed since', () => {
    const queue = { ...EMPTY, pending: 1, oldestAt: NOW - 120_000 };
    expect(classifyWorker(signs({ queue, lastEventAt: iso(100) }))).toBe('stuck');
    expect(classifyWorker(signs({ queue, lastEventAt: null, startedAt: iso(100) }))).toBe('stuck');
  });

  it('is not stuck in a long backlog that moves', () => {
    expect(
      classifyWorker(
        signs({ queue: { ...EMPTY, pending: 9, oldestAt: NOW - 120_000 }, lastEventAt: iso(3) }),
      ),
    ).toBe('working');
  });

  it('is judged by its heartbeat alone where it runs without a pipe', () => {
    expect(classifyWorker(signs({ hasLivePipe: false, mode: 'polling' }))).toBe('idle');
    expect(classifyWorker(signs({ hasLivePipe: false, mode: 'polling', freshUntil: iso(1) }))).toBe(
      'dead',
    );
  });

  it('counts as starting up with a pipe and no heartbeat yet, as dead with neither', () => {
    expect(classifyWorker({ beat: undefined, hasLivePipe: true, queue: EMPTY, now: NOW })).toBe(
      'idle',
    );
    expect(classifyWorker({ beat: undefined, hasLivePipe: false, queue: EMPTY, now: NOW })).toBe(
      'dead',
    );
  });
});

interface Variation extends Partial<Pick<WorkerSigns, 'hasLivePipe' | 'queue'>> {
  readonly mode?: string;
  readonly freshUntil?: string;
  readonly lastEventAt?: string | null;
  readonly startedAt?: string;
}

function signs({
  hasLivePipe = true,
  queue = EMPTY,
  mode = 'event-loop',
  freshUntil = iso(-30),
  lastEventAt = iso(60),
  startedAt = iso(600),
}: Variation): WorkerSigns {
  const beat: SeenHeartbeat = {
    id: 'w1',
    pid: 1,
    mode,
    timestamp: iso(1),
    freshUntil,
    leader: true,
    body: { lastEventAt, startedAt },
  };
  return { beat, hasLivePipe, queue, now: NOW };
}
