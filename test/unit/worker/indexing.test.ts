import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { removeIndex } from '../../../lib/search/table-file.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { indexing } from '../../../lib/worker/indexing.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';

function scene(once = false) {
  const made = searchScene();
  const { log, codes } = memoryLog();
  let now = SCENE_START;
  let cpu = 0;
  let cost = { cpuMs: 0, ms: 0 };
  const canContinue = { value: true };
  const { step, close } = indexing({
    folder: made.folder,
    clock: () => now,
    cpu: () => cpu,
    log,
    open: sqliteDriver(),
    database: () => made.store,
    canContinue: async () => {
      cpu += cost.cpuMs;
      now += cost.ms;
      return canContinue.value;
    },
    once,
  });
  onTestFinished(close);
  const pass = (ms: number): void => {
    now += ms;
  };
  /** From now on each piece of work takes so long. */
  const costs = (each: typeof cost): void => {
    cost = each;
  };
  return { ...made, step, codes, canContinue, pass, costs };
}

describe('the indexing step', () => {
  it('builds the index, and wants no further step while the store stays as it is', async () => {
    const { say, step, hits, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    expect(await step()).toBeUndefined();
    expect(await hits('total')).toEqual(['prompt: Fix the total']);
    pass(60_000);
    expect(await step()).toBeUndefined();
  });

  it('writes into the current file after another process replaced it', async () => {
    const { say, step, hits, folder, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    removeIndex(folder.search);
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    await step();
    expect(await hits('total')).toHaveLength(1);
  });

  it('indexes what is new in rounds, some seconds apart', async () => {
    const { say, step, hits, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    expect(await step()).toBeGreaterThan(0);
    expect(await hits('refund')).toEqual([]);
    pass(5_000);
    await step();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('waits fifty times as long as the CPU time of a round', async () => {
    const { say, step, hits, pass, costs } = scene();
    costs({ cpuMs: 200, ms: 0 });
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(9_999);
    expect(await step()).toBe(1);
    pass(1);
    await step();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('waits six seconds at most when nothing new comes', async () => {
    const { say, step, hits, pass, costs } = scene();
    costs({ cpuMs: 1_000, ms: 0 });
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    expect(await step()).toBe(6_000);
    say('s1', [{ second: 3, prompt: 'And the invoice' }]);
    pass(1_000);
    expect(await step()).toBe(6_000);
    pass(6_000);
    await step();
    expect(await hits('refund')).toHaveLength(1);
    expect(await step()).toBeUndefined();
  });

  describe('a call of a session at work that no transcript has', () => {
    const atWork = async () => {
      const made = scene();
      made.say('s1', [{ second: 1, prompt: 'Fix the total' }]);
      await made.step();
      made.store.exec(`INSERT INTO operations (tool_use_id, hook_at, hook_session, hook_tool, hook_target, hook_outcome)
        VALUES ('toolu_hook', ${SCENE_START}, 's1', 'Bash', 'npm run invoice', 'ok')`);
      /** One round after the usual pause, in which something came. */
      const round = async (second: number) => {
        made.pass(5_000);
        made.say('s1', [{ second, prompt: `Part ${second}` }]);
        return made.step();
      };
      return { ...made, round };
    };

    it('is found within a minute while the transcript grows', async () => {
      const { round, hits } = await atWork();
      for (let second = 2; second <= 12; second += 1) await round(second);
      expect(await hits('invoice')).toEqual([]);
      await round(13);
      await round(14);
      expect(await hits('invoice')).toHaveLength(1);
    });

    it('is found once nothing new comes, and then no step is wanted', async () => {
      const { round, hits, step, pass } = await atWork();
      expect(await round(2)).toBeGreaterThan(0);
      expect(await hits('invoice')).toEqual([]);
      pass(6_000);
      expect(await step()).toBeUndefined();
      expect(await hits('invoice')).toHaveLength(1);
    });
  });

  it('finds a new title of a session at work in the next round', async () => {
    const { say, step, hits, store, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    store.exec("UPDATE sessions SET custom_title = 'Invoices of May', custom_title_at = 1");
    pass(5_000);
    await step();
    expect(await hits('invoices')).toEqual(['title: Invoices of May']);
  });

  it('waits no longer after a round that took a minute on a busy machine', async () => {
    const { say, step, hits, pass, costs } = scene();
    costs({ cpuMs: 0, ms: 60_000 });
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    expect(await hits('total')).toHaveLength(1);
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    await step();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('ignores the pace in a worker that runs once', async () => {
    const { say, step, hits } = scene(true);
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    expect(await step()).toBeUndefined();
    expect(await hits('refund')).toHaveLength(1);
  });

  it('stops between two steps, and continues at the next one', async () => {
    const { say, step, hits, canContinue, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    canContinue.value = false;
    expect(await step()).toBe(0);
    expect(await hits('total')).toEqual([]);
    canContinue.value = true;
    pass(1);
    await step();
    expect(await hits('total')).toHaveLength(1);
  });

  it('rebuilds a damaged index', async () => {
    const { say, step, hits, folder, pass } = scene();
    say('s1', [{ second: 1, prompt: 'Fix the total' }]);
    await step();
    rmSync(folder.search);
    writeFileSync(folder.search, 'no database '.repeat(1_000));
    say('s1', [{ second: 2, prompt: 'And the refund' }]);
    pass(5_000);
    await step();
    expect(await hits('total')).toHaveLength(1);
    expect(await hits('refund')).toHaveLength(1);
  });
});
