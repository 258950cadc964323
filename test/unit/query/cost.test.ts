import { describe, expect, it, onTestFinished } from 'vitest';
import { USAGE } from '../../../lib/features/operation/table.ts';
import { type CostReport, readSessionCosts, readCost } from '../../../lib/query/cost.ts';
import type { CostBy } from '../../../lib/query/cost-query.ts';
import { parseOwnPrices } from '../../../lib/claude/prices.ts';
import type { Database } from '../../../lib/store/database.ts';
import { applyWrites } from '../../../lib/store/sink.ts';
import { testStore } from '../../support/test-store.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');

interface Told {
  readonly model?: string | null;
  readonly at?: string;
  readonly [column: string]: string | number | null | undefined;
}

/** Answers as transcripts tell them, one a row. */
function storeWith(...answers: readonly Told[]): Database {
  const store = testStore();
  for (const [index, { at, ...told }] of answers.entries()) {
    const row = {
      ...{ message_id: `m${index}`, request_id: 'r', model: 'claude-opus-4-8' },
      ...{ claimed_since: 1, session_id: 's1', agent_id: null },
      ...{ at: at === undefined ? AT : Date.parse(at), ...told },
    };
    applyWrites(store, [{ into: USAGE, row }]);
  }
  return store;
}

const read = (
  store: Database,
  by: CostBy = 'model',
  more: object = {},
  own: readonly string[] = [],
): Promise<CostReport> => readCost(store, { by, limit: 100, prices: parseOwnPrices(own), ...more });

function inZone(zone: string): void {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
}

/**
 * Ten answers, and what each costs, worked out by hand from the price list: tokens times dollars
 * for a million.
 */
const BY_HAND: ReadonlyArray<readonly [Told, number]> = [
  [{ model: 'claude-opus-4-8', input: 1_000, output: 2_000 }, 0.005 + 0.05],
  [{ model: 'claude-opus-4-8', cache_read: 300_000, cache_write_5m: 8_000 }, 0.15 + 0.05],
  [{ model: 'claude-opus-4-8', speed: 'fast', input: 1_000, output: 2_000 }, 0.01 + 0.1],
  [{ model: 'claude-opus-4-8', geo: 'us', output: 40_000, web_searches: 3 }, 1.1 + 0.03],
  [{ model: 'claude-sonnet-4-5', input: 200_000, output: 1_000 }, 0.6 + 0.015],
  [{ model: 'claude-sonnet-4-5', input: 1, cache_read: 200_000 }, 0.000006 + 0.12],
  [{ model: 'claude-haiku-4-5', cache_write_1h: 50_000, output: 100 }, 0.1 + 0.0005],
  [{ model: 'claude-haiku-5-5', input: 100_000, output: 10_000 }, 0.01 + 0.005],
  [{ model: 'claude-haiku-5-5', input: 100_000, cache_write_5m: 8_000 }, 0.05 + 0.005],
  [{ model: 'claude-opus-5-5', cache_read: 1_000_000, cache_write_1h: 10_000 }, 0.2 + 0.08],
];

describe('readCost', () => {
  it('gives each of ten answers the dollars that a person works out', async () => {
    for (const [told, dollars] of BY_HAND) {
      const { total } = await read(storeWith(told));
      expect(total).toMatchObject({ answers: 1, unpriced: 0 });
      expect(total.dollars, JSON.stringify(told)).toBeCloseTo(dollars, 6);
    }
  });

  it('gives all of them together the sum, whatever they are added up by', async () => {
    const sum = BY_HAND.reduce((total, [, dollars]) => total + dollars, 0);
    const store = storeWith(...BY_HAND.map(([told]) => told));
    for (const by of ['day', 'project', 'model', 'session', 'agent'] as const) {
      const { total, lines } = await read(store, by);
      expect(total.dollars).toBeCloseTo(sum, 6);
      expect(lines.reduce((all, line) => all + (line.dollars ?? 0), 0)).toBeCloseTo(sum, 5);
    }
  });

  it('names what has no price and leaves it out of the sum', async () => {
    const store = storeWith(
      { input: 1_000_000 },
      { model: 'gpt-x', input: 70, output: 7 },
      { model: 'claude-haiku-4-5', speed: 'fast', output: 5 },
      { tier: 'priority', output: 3 },
      { model: null, output: 2 },
    );
    const { total, unpriced, lines } = await read(store);
    expect(total).toMatchObject({ answers: 5, unpriced: 4, dollars: 5 });
    expect(unpriced).toEqual([
      { model: 'gpt-x', isFast: false, tier: null, answers: 1, tokens: 77 },
      { model: 'claude-haiku-4-5', isFast: true, tier: null, answers: 1, tokens: 5 },
      { model: 'claude-opus-4-8', isFast: false, tier: 'priority', answers: 1, tokens: 3 },
      { model: null, isFast: false, tier: null, answers: 1, tokens: 2 },
    ]);
    expect(lines.find(({ key }) => key === 'gpt-x')?.dollars).toBeNull();
    const { total: set } = await read(store, 'model', {}, ['gpt-x=1000/1000/0/0/0']);
    expect(set).toMatchObject({ unpriced: 3, dollars: 5.077 });
  });

  it('takes the price of the day of an answer', async () => {
    const store = storeWith(
      { at: '2026-10-31T23:59:59Z', input: 1_000_000 },
      { at: '2026-11-01T00:00:00Z', input: 1_000_000 },
    );
    const { total } = await read(store, 'session', {}, ['claude-opus-4-8=1/0/0/0/0@2026-11-01']);
    expect(total.dollars).toBe(6);
  });

  it.each([
    ['Asia/Kolkata', ['2026-11-22', '2026-11-23']],
    ['Asia/Kathmandu', ['2026-11-22', '2026-11-23']],
    ['America/St_Johns', ['2026-11-22']],
    ['UTC', ['2026-11-22']],
  ])('begins days at midnight in %s', async (zone, days) => {
    inZone(zone);
    const store = storeWith(
      { at: '2026-11-22T18:14:59Z', output: 1 },
      { at: '2026-11-22T18:30:00Z', output: 1 },
    );
    expect((await read(store, 'day')).lines.map(({ key }) => key)).toEqual(days);
  });

  it('gives a day of 23 hours what fell into it', async () => {
    inZone('Europe/Berlin');
    const store = storeWith(
      { at: '2026-03-28T22:59:59Z', output: 1 },
      { at: '2026-03-28T23:00:00Z', output: 1 },
      { at: '2026-03-29T21:59:59Z', output: 1 },
      { at: '2026-03-29T22:00:00Z', output: 1 },
    );
    const { lines } = await read(store, 'day');
    expect(lines.map(({ key, answers }) => [key, answers])).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ]);
  });

  it('tells agents apart by their kind, and those that nobody knows', async () => {
    const store = storeWith({ output: 1 }, { agent_id: 'a1', output: 1 }, { agent_id: 'a2' });
    store.exec("INSERT INTO agents (session_id, agent_id, type) VALUES ('s1', 'a1', 'Explore')");
    const { lines } = await read(store, 'agent');
    expect(new Set(lines.map(({ key }) => key))).toEqual(new Set(['main', 'Explore', null]));
  });

  it('names sessions, also where their row is gone', async () => {
    const store = storeWith({ output: 5 }, { session_id: 's2', output: 1 });
    store.exec(
      `INSERT INTO sessions (id, project, first_event_at, last_event_at, ai_title, ai_title_at)
       VALUES ('s1', '/work/shop', 1, 1, 'Cents', 1)`,
    );
    expect((await read(store, 'session')).lines).toMatchObject([
      { key: 's1', title: 'Cents', project: '/work/shop' },
      { key: 's2', title: null, project: null },
    ]);
    expect((await readSessionCosts(store, ['s2', 's3'], [])).get('s2')?.answers).toBe(1);
  });

  it('lists days that the statistics of the client alone tell of', async () => {
    const store = storeWith({ output: 5 });
    store.exec(`INSERT INTO client_days (config_folder, day, model, tokens) VALUES
      ('/a', '2026-11-22', 'm', 1), ('/a', '2026-11-10', 'm', 2), ('/b', '2026-11-10', 'm', 3),
      ('/a', '2026-11-10', '', NULL)`);
    inZone('UTC');
    const only = [{ day: '2026-11-10', model: 'm', tokens: 5 }];
    expect((await read(store, 'day')).statisticsOnly).toEqual(only);
    const since = Date.parse('2026-11-11');
    expect((await read(store, 'day', { since })).statisticsOnly).toEqual([]);
    expect((await read(store, 'model')).statisticsOnly).toEqual([]);
  });

  it('adds up what --limit leaves out', async () => {
    const store = storeWith({ output: 1 }, { session_id: 's2', output: 9 });
    const { lines, more, total } = await read(store, 'session', { limit: 1 });
    expect(lines.map(({ key }) => key)).toEqual(['s2']);
    expect([more, total.output]).toEqual([1, 10]);
  });
});
