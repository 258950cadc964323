import { readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type StateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import { keepReadersOpen, takeIndex } from '../../../lib/query/kept-readers.ts';
import { queryStore } from '../../../lib/query/store-view.ts';
import { openIndex } from '../../../lib/search/table-file.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function makeStore({ store }: StateFolder, mark: string): void {
  const database = openStore(store, sqliteDriver());
  database.exec(`CREATE TABLE mark (text TEXT); INSERT INTO mark VALUES ('${mark}')`);
  database.close();
}

/** A store that is asked again and again, and how often this process has its file open. */
function scene() {
  const folder = stateFolderAt(tempFolder());
  makeStore(folder, 'first');
  const closeReaders = keepReadersOpen(folder);
  onTestFinished(closeReaders);
  const readMark = (): Promise<unknown> =>
    queryStore<unknown>(folder, 'nothing', async (database) =>
      database.prepare('SELECT text FROM mark').get(),
    );
  const countOpen = (path: string): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  return { folder, closeReaders, readMark, countOpen };
}

describe('readers that are kept open', () => {
  it.skipIf(process.platform !== 'linux')(
    'open the store and the index once, however often they are asked',
    async () => {
      const { folder, readMark, countOpen } = scene();
      openIndex(folder.search, sqliteDriver()).close();
      const before = countOpen(folder.store);
      for (let times = 0; times < 30; times += 1) {
        await readMark();
        takeIndex(folder.search)?.close();
      }
      expect(countOpen(folder.store) - before).toBe(1);
      expect(countOpen(folder.search)).toBeLessThanOrEqual(2); // one may be of the writer
    },
  );

  it('see what is written meanwhile', async () => {
    const { folder, readMark } = scene();
    expect(await readMark()).toEqual({ text: 'first' });
    const writer = openStore(folder.store, sqliteDriver());
    writer.exec("UPDATE mark SET text = 'later'");
    expect(await readMark()).toEqual({ text: 'later' });
    expect(writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    writer.close();
  });

  it('see another store in its place, and that there is none', async () => {
    const { folder, readMark } = scene();
    await readMark();
    for (const end of ['', '-wal', '-shm'])
      try {
        renameSync(`${folder.store}${end}`, `${folder.store}.aside${end}`);
      } catch {
        // the last connection has taken it away
      }
    expect(await readMark()).toBe('nothing');
    makeStore(folder, 'second');
    expect(await readMark()).toEqual({ text: 'second' });
    rmSync(folder.store);
    expect(await readMark()).toBe('nothing');
  });

  it('are closed when the last that keeps them ends', async () => {
    const { folder, closeReaders, readMark } = scene();
    const closeOther = keepReadersOpen(folder);
    closeReaders();
    expect(await readMark()).toEqual({ text: 'first' });
    closeOther();
    expect(await readMark()).toEqual({ text: 'first' });
  });
});
