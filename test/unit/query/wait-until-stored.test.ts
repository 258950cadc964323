import { describe, expect, it } from 'vitest';
import { readStoredTime } from '../../../lib/query/wait-until-stored.ts';
import { askInStore, preparedStore, START } from '../cli/prepared-store.ts';

describe('readStoredTime', () => {
  const id = (n: number): string => `evt_20261122_100000_${String(n).padStart(16, '0')}`;

  it('is when the last of the events was stored', async () => {
    const time = await askInStore(preparedStore(), async (database) => {
      database.prepare('UPDATE events SET stored_at = ? WHERE id = ?').run(START + 5, id(1));
      return readStoredTime(database, [id(1), id(2), id(2)]);
    });
    expect(time).toBe(START + 5);
  });

  it('is not known while one of them is missing', async () => {
    const time = await askInStore(preparedStore(), (database) =>
      readStoredTime(database, [id(1), 'nobody']),
    );
    expect(time).toBeUndefined();
  });
});
