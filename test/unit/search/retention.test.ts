import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { searchKeeper } from '../../../lib/search/retention.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';

const DAY = 86_400_000;
const BUDGET = { before: 0, excess: 0, youngest: 0 };

/** A session of now, and one of two months ago. */
async function scene() {
  const made = searchScene();
  made.say('old', [{ second: (-60 * DAY) / 1_000, prompt: 'Fix the old total' }]);
  made.say('new', [{ second: 1, prompt: 'Fix the new total' }]);
  await made.build();
  return { ...made, keeper: searchKeeper(made.folder) };
}

describe('the keeper of the search index', () => {
  it('takes out what is too old, as much as it planned', async () => {
    const { keeper, hits } = await scene();
    const plan = runAllSlices(
      keeper.plan({ ...BUDGET, historyBefore: SCENE_START - DAY }, SCENE_START),
    );
    expect(runAllSlices(plan.measure())).toEqual({
      count: 1,
      bytes: 0,
      oldest: SCENE_START - 60 * DAY,
    });
    expect(plan.prune()).toBe(1);
    expect(await hits('total')).toEqual(['prompt: Fix the new total']);
    const again = runAllSlices(
      keeper.plan({ ...BUDGET, historyBefore: SCENE_START - DAY }, SCENE_START),
    );
    expect(runAllSlices(again.measure()).count).toBe(0);
  });

  it('takes out documents of a part that goes on', async () => {
    const { keeper, hits } = await scene();
    const plan = runAllSlices(
      keeper.plan({ ...BUDGET, historyBefore: SCENE_START + DAY }, SCENE_START),
    );
    expect(plan.prune()).toBe(2);
    expect(await hits('total')).toEqual([]);
  });

  it('forgets a session, and counts what went', async () => {
    const { keeper, hits } = await scene();
    expect(keeper.forget(new Set(['old']))).toBe(1);
    expect(keeper.forget(new Set(['old']))).toBe(0);
    expect(await hits('total')).toEqual(['prompt: Fix the new total']);
  });

  it('has nothing to do where there is no index', () => {
    const { folder } = searchScene();
    const keeper = searchKeeper(folder);
    expect(keeper.forget(new Set(['s1']))).toBe(0);
    const plan = runAllSlices(keeper.plan({ ...BUDGET, historyBefore: SCENE_START }, SCENE_START));
    expect(plan.prune()).toBe(0);
  });
});
