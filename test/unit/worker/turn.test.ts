import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../support/fake-clock.ts';
import { allTurns, mayGoOn } from '../../../lib/worker/turn.ts';

describe('several turns', () => {
  it('are done one after the other, and come again when the first of them wants it', async () => {
    const done: string[] = [];
    const turn = (name: string, wanted: number | undefined) => async () => {
      done.push(name);
      return wanted;
    };
    expect(
      await allTurns([
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
    expect(await allTurns([async () => undefined])()).toBeUndefined();
    expect(await allTurns([])()).toBeUndefined();
  });
});

describe('mayGoOn', () => {
  it('lets signals in when it was not asked for a while, and only then', async () => {
    const { clock, advance } = fakeClock();
    let seen = 0;
    const goOn = mayGoOn(clock, () => false);
    await goOn();
    setImmediate(() => {
      seen += 1;
    });
    advance(49);
    await goOn();
    expect(seen).toBe(0);
    advance(1);
    await goOn();
    expect(seen).toBe(1);
  });

  it('says no once the worker is to stop', async () => {
    let isStopping = false;
    const goOn = mayGoOn(
      () => 0,
      () => isStopping,
    );
    expect(await goOn()).toBe(true);
    isStopping = true;
    expect(await goOn()).toBe(false);
  });
});
