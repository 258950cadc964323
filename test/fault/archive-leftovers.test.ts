import { truncateSync, readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveFolder } from '../../lib/journal/archive/archive-files.ts';
import { findArchived } from '../../lib/journal/archive/find-archived.ts';
import { readLog } from '../../lib/journal/log/read-log.ts';
import { selectEvents } from '../../lib/journal/replay/select-events.ts';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testEvent } from '../support/test-event.ts';
import { finishJournal, openTestJournal } from '../support/test-journal.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T10:00:00Z');
const COUNT = 1_000;
const IDS = Array.from({ length: COUNT }, (_, n) => `event-${String(n).padStart(4, '0')}`);
const strict = (): never => {
  throw new Error('nothing is damaged');
};

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** A day of events, plain in log and archive. */
async function plainDay(): Promise<{ readonly folder: StateFolder; readonly store: Database }> {
  const folder = stateFolderAt(tempFolder());
  const store = openStore(folder.store, sqliteDriver());
  const events = IDS.map((event_id) =>
    testEvent({ event_id, timestamp: new Date(NOW).toISOString() }),
  );
  eventApplier(store, [], () => NOW)(events);
  await finishJournal(openTestJournal(folder, () => NOW, store));
  return { folder, store };
}

/** What each way to read finds. */
function readers(
  folder: StateFolder,
  onDamage: (damage: { readonly reason: string }) => void = strict,
) {
  const archive = archiveFolder(folder);
  return {
    replayed: [...selectEvents({ type: '*' }, { database: undefined, archive, onDamage })].map(
      ({ event_id }) => event_id,
    ),
    logged: readLog(folder.log, { limit: 10 * COUNT, onDamage }).map((event) => event['event_id']),
    found: IDS.filter((id) => findArchived(archive, id, onDamage)?.event_id === id),
  };
}

function leftovers(place: string): readonly string[] {
  return readdirSync(place).filter((name) => /\.closed\.|\.part$/.test(name));
}

describe('a file of events whose compressing was cut short by a death', () => {
  it.each([
    ['compressed', 'log', 1],
    ['compressed', 'archive', 3],
    ['in place', 'log', 1],
    ['in place', 'archive', 3],
  ])(
    'at the step "%s" in the %s is read once, before and after the next worker has cleared up',
    async (dieAt, place, nth) => {
      const { folder, store } = await plainDay();
      const { signal } = await programs.journal({ home: folder.root, now: NOW + DAY, dieAt, nth })
        .exited;
      expect(signal).toBe('SIGKILL');
      expect(leftovers(place === 'log' ? folder.log : archiveFolder(folder))).not.toEqual([]);
      const all = { replayed: IDS, logged: IDS, found: IDS };
      expect(readers(folder)).toEqual(all);
      await finishJournal(openTestJournal(folder, () => NOW + DAY, store));
      expect([...leftovers(folder.log), ...leftovers(archiveFolder(folder))]).toEqual([]);
      expect(readers(folder)).toEqual(all);
      store.close();
    },
  );
});

describe('a truncated archive', () => {
  it.each([
    [
      'compressed',
      DAY,
      '2026-11-22.jsonl.gz',
      768,
      ['the file ends within a block', 'unexpected end of file'],
    ],
    ['plain', 0, '2026-11-22.jsonl', 999, ['the file ends within a line']],
  ])(
    'that is %s gives everything that is whole, and the rest is said',
    async (_kind, after, name, whole, reasons) => {
      const { folder, store } = await plainDay();
      await finishJournal(openTestJournal(folder, () => NOW + after, store));
      const path = `${archiveFolder(folder)}/${name}`;
      truncateSync(path, readFileSync(path).length - 30);
      const damage: string[] = [];
      const { replayed, logged, found } = readers(folder, ({ reason }) => damage.push(reason));
      expect([replayed, found, logged]).toEqual([IDS.slice(0, whole), IDS.slice(0, whole), IDS]);
      expect([...new Set(damage)].toSorted()).toEqual(reasons);
      store.close();
    },
  );
});
