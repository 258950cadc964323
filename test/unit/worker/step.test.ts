import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../support/fake-clock.ts';
import { allSteps, makeCanContinue } from '../../../lib/worker/step.ts';

describe('several steps', () => {
  it('run one after the other, and again when the first of them wants it', async () => {
    const done: string[] = [];
    const turn = (name: string, wanted: number | undefined) => async () => {
      done.push(name);
      return wanted;
    };
    expect(
      await allSteps([
        turn('a', undefined),
        turn('b', 500),
        turn('c', 20),
        turn('d', undefined),
        turn('e', 500),
      ])(),
    ).toBe(20);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('want nothing when none of them does', async () => {
    expect(await allSteps([async () => undefined])()).toBeUndefined();
    expect(await allSteps([])()).toBeUndefined();
  });
});

describe('makeCanContinue', () => {
  it('lets signals run if it was not called for a while, and only then', async () => {
    const { clock, advance } = fakeClock();
    let seen = 0;
    const canContinue = makeCanContinue(clock, () => false);
    await canContinue();
    setImmediate(() => {
      seen += 1;
    });
    advance(49);
    await canContinue();
    expect(seen).toBe(0);
    advance(1);
    await canContinue();
    expect(seen).toBe(1);
  });

  it('returns false once the worker is to stop', async () => {
    let isStopping = false;
    const canContinue = makeCanContinue(
      () => 0,
      () => isStopping,
    );
    expect(await canContinue()).toBe(true);
    isStopping = true;
    expect(await canContinue()).toBe(false);
  });
});
