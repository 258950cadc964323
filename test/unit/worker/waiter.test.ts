import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openWaiter } from '../../../lib/worker/waiter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('openWaiter', () => {
  it('sleeps for the time given when nothing rings', async () => {
    const waiter = openWaiter();
    let result: boolean | undefined;
    void waiter.wait(1_000).then((rung) => {
      result = rung;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(result).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2);
    expect(result).toBe(false);
  });

  it('wakes at once when it is rung', async () => {
    const waiter = openWaiter();
    const sleep = waiter.wait(60_000);
    waiter.ring();
    expect(await sleep).toBe(true);
    expect(vi.getTimerCount(), 'no timer is left').toBe(0);
  });

  it('does not sleep after an earlier ring', async () => {
    const waiter = openWaiter();
    waiter.ring();
    expect(await waiter.wait(60_000)).toBe(true);
  });

  it('forgets earlier rings when it is drained', async () => {
    const waiter = openWaiter();
    waiter.ring();
    waiter.drain();
    const sleep = waiter.wait(10);
    await vi.advanceTimersByTimeAsync(20);
    expect(await sleep).toBe(false);
  });

  it('counts a ring that is read right after the time was up', async () => {
    const waiter = openWaiter();
    const sleep = waiter.wait(10);
    vi.advanceTimersByTime(10); // the timer is over, the pipe not yet read
    waiter.ring();
    expect(await sleep).toBe(true);
  });

  it('can be woken from the next sleep, though the last one ended twice', async () => {
    const waiter = openWaiter();
    const first = waiter.wait(10);
    vi.advanceTimersByTime(10);
    waiter.ring();
    await first;
    waiter.drain();
    const second = waiter.wait(60_000);
    await vi.advanceTimersByTimeAsync(1); // what the first sleep had left to do
    waiter.ring();
    expect(await second).toBe(true);
  });

  it('pauses through rings, and keeps them for the next sleep', async () => {
    const waiter = openWaiter();
    let result: boolean | undefined;
    void waiter.pause(50).then((hurried) => {
      result = hurried;
    });
    waiter.ring();
    await vi.advanceTimersByTimeAsync(49);
    expect(result).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(result).toBe(false);
    expect(await waiter.wait(60_000)).toBe(true);
  });

  it('ends a pause at once when it is interrupted, even one that begins later', async () => {
    const waiter = openWaiter();
    const pause = waiter.pause(60_000);
    waiter.interrupt();
    expect(await pause).toBe(true);
    expect(await waiter.pause(60_000)).toBe(true);
    expect(await waiter.wait(60_000)).toBe(true);
    expect(vi.getTimerCount(), 'no timer is left').toBe(0);
  });
});
