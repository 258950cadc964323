import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { removeIndex } from '../../../lib/search/table-file.ts';
import { indexing } from '../../../lib/worker/indexing.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';

function scene(once = false) {
  const made = searchScene();
  const { log, codes } = memoryLog();
  let now = SCENE_START;
  const goOn = { value: true };
  const { turn, close } = indexing({
    folder: made.folder,
    clock: () => now,
    log,
    database: () => made.store,
    goOn: async () => goOn.value,
    once,
  });
  onTestFinished(close);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ...made, turn, codes, goOn, pass };
}

describe('the indexing turn', () => {
  it('builds the index, and wants no further turn while the store stays as it is', async () => {
    const { say, turn, hits, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    expect(await turn()).toBeUndefined();
    expect(await hits('total')).toEqual(['prompt: Fix the total']);
    pass(60_000);
    expect(await turn()).toBeUndefined();
  });

  it('writes into the file that is there, where another process has replaced it', async () => {
    const { say, turn, hits, folder, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await turn();
    removeIndex(folder.search);
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    await turn();
    expect(await hits('total')).toHaveLength(1);
  });

  it('takes up what is new in rounds, some seconds apart', async () => {
    const { say, turn, hits, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await turn();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    expect(await turn()).toBeGreaterThan(0);
    expect(await hits('refund')).toEqual([]);
    pass(2_000);
    await turn();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('waits for no pace in a worker that runs once', async () => {
    const { say, turn, hits } = scene(true);
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await turn();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    expect(await turn()).toBeUndefined();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('stops between two steps, and goes on at the next turn', async () => {
    const { say, turn, hits, goOn, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    goOn.value = false;
    expect(await turn()).toBe(0);
    expect(await hits('total')).toEqual([]);
    goOn.value = true;
    pass(1);
    await turn();
    expect(await hits('total')).toHaveLength(1);
  });

  it('makes a damaged index anew', async () => {
    const { say, turn, hits, folder, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await turn();
    rmSync(folder.search);
    writeFileSync(folder.search, 'no database '.repeat(1_000));
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    await turn();
    expect(await hits('total')).toHaveLength(1);
    expect(await hits('refund')).toHaveLength(1);
  });
});
