import { sql } from 'kysely';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../lib/core/clock.ts';
import { queryBuilder, runQuery } from '../../../lib/query/builder.ts';
import { formatDay, selectLocalDay } from '../../../lib/query/local-days.ts';
import { readNumberColumn } from '../../../lib/query/row.ts';
import { testStore } from '../../support/test-store.ts';

afterEach(() => vi.unstubAllEnvs());

const dateHere = (at: number): string => {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
};

async function daysOf(moments: readonly number[]): Promise<readonly string[]> {
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const value = sql.ref('each.value');
  const query = queryBuilder()
    .selectFrom(sql<{ value: number }>`json_each(${JSON.stringify(moments)})`.as('each'))
    .select(selectLocalDay(value, first, last).as('day'));
  return (await runQuery(testStore(), query)).map((row) =>
    formatDay(readNumberColumn(row, 'day') ?? 0),
  );
}

describe('the day of the local clock', () => {
  it.each(['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe'])(
    'is that of the clock around each hour of two years in %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      const begin = Date.UTC(2025, 0, 1);
      const hours = Array.from({ length: 730 * 24 }, (_none, nth) => begin + nth * HOUR_MS);
      const moments = hours.flatMap((at) => [at - 1, at, at + HOUR_MS / 2]);
      expect(await daysOf(moments)).toEqual(moments.map(dateHere));
    },
  );

  it('is the last one of 1969 at the beginning of 1970 west of Greenwich', async () => {
    vi.stubEnv('TZ', 'America/New_York');
    expect(await daysOf([0, DAY_MS])).toEqual(['1969-12-31', '1970-01-01']);
  });

  it('is right from 1970 to 2099', async () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const moments = [0, Date.UTC(2099, 11, 31, 22, 59), Date.UTC(2099, 11, 31, 23)];
    expect(await daysOf(moments)).toEqual(moments.map(dateHere));
  });
});
