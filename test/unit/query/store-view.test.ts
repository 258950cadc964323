import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { openView, readStore } from '../../../lib/query/store-view.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a store from before schema 1', () => {
  it('is said to be one, until a worker moves it out of the way', () => {
    const folder = stateFolderAt(tempFolder());
    const database = sqliteDriver()(folder.store);
    database.exec('CREATE TABLE sessions (id TEXT); PRAGMA user_version = 10');
    database.close();
    expect(openView(folder)).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('waymark.db.before-1'),
    });
    expect(() => readStore(folder, [], () => [])).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
  });
});

describe('a store that is not there', () => {
  it('reads as nothing', () => {
    expect(readStore(stateFolderAt(tempFolder()), 'nothing', () => 'something')).toBe('nothing');
  });
});
