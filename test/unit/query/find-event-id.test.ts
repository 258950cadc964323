import { describe, expect, it } from 'vitest';
import { findEventId } from '../../../lib/query/find-event-id.ts';
import { askInStore, preparedStore } from '../cli/prepared-store.ts';

const FOURTH = 'evt_20261122_100000_0000000000000004';

const find = (wanted: string): Promise<string> =>
  askInStore(preparedStore(), (database) => findEventId(database, wanted));

describe('findEventId', () => {
  it('takes a whole id', async () => {
    expect(await find(FOURTH)).toBe(FOURTH);
  });

  it('takes the beginning of the last part, since all ids of a day begin alike', async () => {
    expect(await find('0000000000000004')).toBe(FOURTH);
  });

  it('refuses what several events begin with', async () => {
    await expect(find('evt_2026')).rejects.toThrow(
      /^Cannot choose an event for evt_2026: evt_.* begin with it$/,
    );
    await expect(find('0000000000')).rejects.toThrow('begin with it');
  });

  it.each(['', 'evt_1999', 'ffff', '000', 'zzzz*'])(
    'leaves %j, which the store does not have',
    async (wanted) => {
      expect(await find(wanted)).toBe(wanted);
    },
  );

  it('leaves any id without a store', async () => {
    expect(await findEventId(undefined, 'evt_2026')).toBe('evt_2026');
  });
});
