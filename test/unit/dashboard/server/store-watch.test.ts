import { describe, expect, it } from 'vitest';
import { watchStore } from '../../../../lib/dashboard/server/store-watch.ts';

/** A watch whose timer and mark a test owns. */
function scene() {
  let mark = 'a';
  let reads = 0;
  const timers = new Set<() => void>();
  const watch = watchStore({
    readMark: () => {
      reads += 1;
      return mark;
    },
    after: (_ms, call) => {
      timers.add(call);
      return () => void timers.delete(call);
    },
  });
  return {
    watch,
    change: (to: string) => {
      mark = to;
    },
    tick: () => {
      for (const call of [...timers]) {
        timers.delete(call);
        call();
      }
    },
    timers,
    reads: () => reads,
  };
}

describe('watchStore', () => {
  it('tells every listener once of each change', () => {
    const { watch, change, tick } = scene();
    const heard: string[] = [];
    watch.listen(() => void heard.push('one'));
    watch.listen(() => void heard.push('other'));
    tick();
    expect(heard).toEqual([]);
    change('b');
    tick();
    tick();
    expect(heard).toEqual(['one', 'other']);
  });

  it('looks only while somebody listens, with one timer for all', () => {
    const { watch, tick, timers, reads } = scene();
    expect(timers.size).toBe(0);
    const ends = [watch.listen(() => undefined), watch.listen(() => undefined)];
    expect([timers.size, reads()]).toEqual([1, 1]);
    for (const end of ends) end();
    expect(timers.size).toBe(0);
    tick();
    expect(reads()).toBe(1);
  });

  it('does not tell of what changed while nobody listened', () => {
    const { watch, change, tick } = scene();
    watch.listen(() => undefined)();
    change('b');
    const heard: string[] = [];
    watch.listen(() => void heard.push('one'));
    tick();
    expect(heard).toEqual([]);
  });

  it('lets a listener end itself while it is told', () => {
    const { watch, change, tick, timers } = scene();
    const end: () => void = watch.listen(() => end());
    change('b');
    tick();
    end();
    expect(timers.size).toBe(0);
  });
});
