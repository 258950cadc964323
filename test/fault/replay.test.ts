import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveFolder } from '../../lib/journal/archive/archive-files.ts';
import { readLog } from '../../lib/journal/log/read-log.ts';
import { replay } from '../../lib/journal/replay/replay.ts';
import { selectEvents } from '../../lib/journal/replay/select-events.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { replayParts } from '../support/replay-parts.ts';
import { readLines, testHome, type TestHome } from '../support/test-home.ts';

const COUNT = 400;
const FILTER = { type: 'checkpoint.*' };
const quiet = { onDamage: () => undefined };

describe('a worker with event logs and archive', () => {
  let programs: Programs;
  beforeAll(() => {
    programs = bundlePrograms();
  });
  afterAll(() => programs.remove());

  it('writes every event once, though it is killed behind a commit', async () => {
    const home = await filledHome();
    expect(
      await programs.worker({ home: home.root, once: true, dieAtCommit: 2 }).exited,
    ).toMatchObject({ signal: 'SIGKILL' });
    await programs.worker({ home: home.root, once: true }).exited;
    const logged = readLog(home.folder.log, { type: FILTER.type, limit: 10_000, ...quiet }).map(
      (event) => event['event_id'],
    );
    expect([...logged].sort()).toEqual(
      home
        .rows("SELECT id FROM events WHERE type = 'checkpoint.created' ORDER BY id")
        .map(({ id }) => id),
    );
    expect(logged).toHaveLength(COUNT);
    const day = new Date().toISOString().slice(0, 10);
    expect(readLines(`${archiveFolder(home.folder)}/${day}.jsonl`)).toHaveLength(
      home.count('events'),
    );
  });

  it('lets two replays at once, into a store that was lost, have the effect of the originals', async () => {
    const home = await filledHome();
    await programs.worker({ home: home.root, once: true }).exited;
    expect(home.count('checkpoints')).toBe(COUNT);
    const before = home.rows('SELECT * FROM checkpoints ORDER BY id');
    const store = openStore(home.folder.store, sqliteDriver());
    for (const table of ['events', 'checkpoints', 'sessions']) store.exec(`DELETE FROM ${table}`);
    store.close();
    const once = () =>
      replay(
        selectEvents(FILTER, {
          database: undefined,
          archive: archiveFolder(home.folder),
          ...quiet,
        }),
        replayParts(home),
      );
    expect(await Promise.all([once(), once()])).toEqual([COUNT, COUNT]);
    await programs.worker({ home: home.root, once: true }).exited;
    expect(home.rows('SELECT * FROM checkpoints ORDER BY id')).toEqual(before);
    expect(
      home.rows(
        "SELECT count(*) AS n FROM events WHERE json_extract(envelope, '$.metadata.replay_of') IS NOT NULL",
      ),
    ).toEqual([{ n: 2 * COUNT }]);
  });
});

async function filledHome(): Promise<TestHome> {
  const home = testHome();
  for (let index = 0; index < COUNT; index += 1)
    home.enqueue({
      type: 'checkpoint.created',
      payload: { session_id: `s${index % 7}`, kind: 'stop', saved_by: 'test' },
      ring: false,
    });
  return home;
}
