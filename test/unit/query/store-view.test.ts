import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { openView, readStore } from '../../../lib/query/store-view.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { MIGRATIONS } from '../../../lib/store/migrate.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a store that an earlier version wrote', () => {
  it('is said to be one, until a worker brings it up to date', () => {
    const folder = stateFolderAt(tempFolder());
    const database = sqliteDriver()(folder.store);
    database.exec(MIGRATIONS[0] ?? '');
    database.exec('PRAGMA user_version = 1');
    database.close();
    expect(openView(folder)).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('an earlier waymark wrote it'),
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
