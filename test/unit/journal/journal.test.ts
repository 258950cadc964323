import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archiveSink } from '../../../lib/journal/open-journal.ts';
import { journal } from '../../../lib/journal/journal.ts';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testEvent } from '../../support/test-event.ts';
import { finishJournal, JOURNAL_SETTINGS, openTestJournal } from '../../support/test-journal.ts';
import { testStore } from '../../support/test-store.ts';
import { namesIn, readLines } from '../../support/test-home.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY = 86_400_000;
const TODAY = 'archive/events/2026-11-22.jsonl';

interface Setting {
  readonly folder: StateFolder;
  readonly store: Database;
  readonly add: (ids: readonly string[], type?: string, at?: number) => void;
  readonly ids: (path: string) => readonly string[];
}

function setting(): Setting {
  const folder = stateFolderAt(tempFolder());
  const store = testStore();
  return {
    folder,
    store,
    add: (ids, event_type = 'task.failed', at = NOW) =>
      void eventApplier(
        store,
        [],
        () => at,
      )(
        ids.map((event_id) =>
          testEvent({ event_id, event_type, timestamp: new Date(at).toISOString() }),
        ),
      ),
    ids: (path) =>
      readLines(`${folder.root}/${path}`).map((line) => String(JSON.parse(line).event_id)),
  };
}

describe('journal', () => {
  it('writes each event to the log of its category and to the archive of its day, as it was stored', async () => {
    const { folder, store, add, ids } = setting();
    add(['a', 'b'], 'task.failed');
    add(['c'], 'build.done');
    const opened = openTestJournal(folder, () => NOW, store);
    expect(await opened.step()).toBeUndefined();
    add(['d'], 'task.created');
    await opened.step();
    expect(ids('log/task-events.jsonl')).toEqual(['a', 'b', 'd']);
    expect(ids('log/build-events.jsonl')).toEqual(['c']);
    expect(ids(TODAY)).toEqual(['a', 'b', 'c', 'd']);
    expect(readLines(`${folder.root}/${TODAY}`)[0]).toBe(
      store.prepare("SELECT envelope FROM events WHERE id = 'a'").get()?.['envelope'],
    );
    expect(opened.writtenUpTo(store)).toBe(4);
  });

  it('gives a limited number of categories a file of their own, and all others a shared one', async () => {
    const { folder, store, add, ids } = setting();
    for (let index = 0; index < 60; index += 1) add([`e${index}`], `mine${index}.done`);
    add(['ours'], 'routing.decision_made');
    await finishJournal(openTestJournal(folder, () => NOW, store));
    expect(namesIn(folder.log).filter((name) => name.startsWith('mine'))).toHaveLength(50);
    expect(ids('log/other-events.jsonl')).toHaveLength(10);
    expect(ids('log/routing-events.jsonl')).toEqual(['ours']);
  });

  it('ends a step before it takes long', async () => {
    const { folder, store, add } = setting();
    add(Array.from({ length: 2_000 }, (_, index) => `e${index}`));
    let now = 0;
    const elapsed = (): number => {
      now += 30;
      return now;
    };
    const turn = journal({
      root: folder.root,
      clock: () => NOW,
      log: () => undefined,
      database: () => store,
      sinks: [archiveSink(() => true)],
      elapsed,
    });
    expect(await turn()).toBe(0);
    expect(readLines(`${folder.root}/${TODAY}`)).toHaveLength(512);
    await finishJournal(openTestJournal(folder, () => NOW, store));
    expect(new Set(readLines(`${folder.root}/${TODAY}`)).size).toBe(2_000);
  });

  it('skips what is switched off, and continues there when it is on again', async () => {
    const { folder, store, add, ids } = setting();
    let archive = false;
    const opened = openTestJournal(folder, () => NOW, store, {
      settings: () => ({ ...JOURNAL_SETTINGS, archive }),
    });
    add(['a']);
    await opened.step();
    expect(existsSync(folder.archive)).toBe(false);
    expect(opened.writtenUpTo(store)).toBe(1);
    archive = true;
    expect(opened.writtenUpTo(store)).toBe(0);
    add(['b']);
    await opened.step();
    expect(ids(TODAY)).toEqual(['a', 'b']);
    expect(ids('log/task-events.jsonl')).toEqual(['a', 'b']);
  });

  it('writes lines again that a power cut took', async () => {
    const { folder, store, add, ids } = setting();
    const { log, codes } = memoryLog();
    const opened = openTestJournal(folder, () => NOW, store, { log });
    add(['a', 'b', 'c']);
    await opened.step();
    const path = `${folder.root}/${TODAY}`;
    truncateSync(path, readFileSync(path, 'utf8').indexOf('"b"') + 20);
    add(['d']);
    await opened.step();
    expect(ids(TODAY)).toEqual(['a', 'b', 'c', 'd']);
    expect(codes()).toEqual(['EVENT_FILE_MENDED']);
  });

  it('keeps lines that an older copy of the store does not know', async () => {
    const { folder, store, add, ids } = setting();
    add(['a', 'b']);
    await openTestJournal(folder, () => NOW, store).step();
    const older = setting();
    older.add(['a']);
    await openTestJournal(older.folder, () => NOW, older.store).step();
    for (const { path } of [{ path: TODAY }, { path: 'log/task-events.jsonl' }])
      writeFileSync(`${older.folder.root}/${path}`, readFileSync(`${folder.root}/${path}`));
    older.add(['c']);
    await openTestJournal(older.folder, () => NOW, older.store).step();
    expect(older.ids(TODAY)).toEqual(['a', 'b', 'c']);
    expect(ids(TODAY)).toEqual(['a', 'b']);
  });

  it('creates a removed file again, and appends to one that another program made', async () => {
    const { folder, store, add, ids } = setting();
    const opened = openTestJournal(folder, () => NOW, store);
    add(['a']);
    await opened.step();
    rmSync(folder.archive, { recursive: true });
    add(['b']);
    await opened.step();
    rmSync(`${folder.root}/${TODAY}`);
    writeFileSync(`${folder.root}/${TODAY}`, '{"event_id":"x"}');
    add(['c']);
    await opened.step();
    expect(ids(TODAY)).toEqual(['x', 'c']);
    expect(ids('log/task-events.jsonl')).toEqual(['a', 'b', 'c']);
  });

  it('stops at a file that cannot be written, reports it, and continues when it can be', async () => {
    const { folder, store, add, ids } = setting();
    const { log, codes } = memoryLog();
    let now = NOW;
    const opened = openTestJournal(folder, () => now, store, { log });
    mkdirSync(`${folder.root}/${TODAY}`, { recursive: true });
    add(['a']);
    await opened.step();
    await opened.step();
    expect(codes()).toEqual(['EVENT_FILE_FAILED']);
    expect(opened.writtenUpTo(store)).toBe(0);
    rmSync(`${folder.root}/${TODAY}`, { recursive: true });
    now += 120_000;
    await opened.step();
    expect(ids(TODAY)).toEqual(['a']);
    expect(ids('log/task-events.jsonl')).toEqual(['a']);
  });

  it('rotates a log by size and by day, and compresses complete ones', async () => {
    const { folder, store, add } = setting();
    let now = NOW;
    const opened = openTestJournal(folder, () => now, store, {
      settings: () => ({ ...JOURNAL_SETTINGS, eventLogSize: 100 }),
    });
    for (const id of ['a', 'b']) {
      add([id]);
      await opened.step();
    }
    now += DAY;
    add(['c'], 'task.failed', now);
    await opened.step();
    expect([...namesIn(folder.log)].sort()).toEqual([
      'task-events.2026-11-22.2.closed.jsonl',
      'task-events.2026-11-22.closed.jsonl',
      'task-events.jsonl',
    ]);
    await finishJournal(opened);
    expect([...namesIn(folder.log)].sort()).toEqual([
      'task-events.2026-11-22.2.jsonl.gz',
      'task-events.2026-11-22.jsonl.gz',
      'task-events.jsonl',
    ]);
    expect([...namesIn(`${folder.archive}/events`)].sort()).toEqual([
      '2026-11-22.index',
      '2026-11-22.jsonl.gz',
      '2026-11-23.jsonl',
    ]);
  });

  it('deletes what exceeds the limits by age, number or size, and never the file that is being written', async () => {
    const { folder, store, add } = setting();
    let now = NOW;
    let limits = {};
    const opened = openTestJournal(folder, () => now, store, {
      settings: () => ({ ...JOURNAL_SETTINGS, ...limits }),
    });
    for (let day = 0; day < 5; day += 1) {
      now = NOW + day * DAY;
      add([`e${day}`], 'task.failed', now);
      await finishJournal(opened);
    }
    const packed = (path: string): number =>
      namesIn(path).filter((name) => name.endsWith('.gz')).length;
    expect([packed(folder.log), packed(`${folder.archive}/events`)]).toEqual([4, 4]);
    limits = { eventLogFiles: 2, archiveKeep: (3 * DAY) / 1000 };
    await finishJournal(opened);
    expect([packed(folder.log), packed(`${folder.archive}/events`)]).toEqual([2, 3]);
    limits = { eventLogBudget: 1, archiveBudget: 1 };
    await finishJournal(opened);
    expect([packed(folder.log), packed(`${folder.archive}/events`)]).toEqual([0, 0]);
    expect(namesIn(folder.log)).toEqual(['task-events.jsonl']);
    expect(namesIn(`${folder.archive}/events`)).toEqual(['2026-11-26.jsonl']);
  });
});
