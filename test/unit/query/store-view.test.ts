import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { queryStore, openStoreView } from '../../../lib/query/store-view.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a store from before schema 1', () => {
  it('is said to be one, until a worker moves it out of the way', async () => {
    const folder = stateFolderAt(tempFolder());
    const database = sqliteDriver()(folder.store);
    database.exec('CREATE TABLE sessions (id TEXT); PRAGMA user_version = 10');
    database.close();
    expect(openStoreView(folder)).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('waymark.db.before-1'),
    });
    await expect(queryStore(folder, [], async () => [])).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
  });
});

describe('a store that is not there', () => {
  it('reads as nothing', async () => {
    const folder = stateFolderAt(tempFolder());
    expect(await queryStore(folder, 'nothing', async () => 'something')).toBe('nothing');
  });
});
