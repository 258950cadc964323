import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveFiles, archiveFolder } from '../../lib/journal/archive/archive-files.ts';
import { findArchived } from '../../lib/journal/archive/find-archived.ts';
import { readLines } from '../../lib/journal/read-lines.ts';
import { fileCategory } from '../../lib/journal/log/category.ts';
import { logFiles } from '../../lib/journal/log/log-files.ts';
import { parseJsonObject } from '../../lib/core/json.ts';
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
const START = Date.parse('2026-11-22T12:00:00Z');
const TYPES = [
  'task.failed',
  'task.created',
  'session.started',
  'build.failed',
  'checkpoint.created',
];
const STEPS = [
  'opened',
  'within a write',
  'appended',
  'committed',
  'renamed',
  'compressed',
  'in place',
];

describe('event logs and archive', () => {
  let programs: Programs;
  beforeAll(() => {
    programs = bundlePrograms();
  });
  afterAll(() => programs.remove());

  it.each(STEPS)(
    'hold each event once when their worker is killed at the step "%s", again and again',
    async (dieAt) => {
      const folder = stateFolderAt(tempFolder());
      const store = openStore(folder.store, sqliteDriver());
      let kills = 0;
      for (const [day, nth] of [1, 2, 1, 3, 7].entries()) {
        addEvents(store, START + day * DAY, day * 1_000, 900);
        const { signal } = await programs.journal({
          home: folder.root,
          now: START + day * DAY,
          dieAt,
          nth,
        }).exited;
        if (signal === 'SIGKILL') kills += 1;
      }
      expect(kills).toBeGreaterThanOrEqual(3);
      await finishJournal(openTestJournal(folder, () => START + 9 * DAY, store));
      const stored = store
        .prepare('SELECT id, type FROM events ORDER BY seq')
        .all()
        .map((row) => ({ id: String(row['id']), type: String(row['type']) }));
      expect(stored).toHaveLength(4_500);
      expect(idsIn(archiveFiles(archiveFolder(folder)).map(({ path }) => path))).toEqual(
        stored.map(({ id }) => id),
      );
      for (const category of ['task', 'session', 'build', 'checkpoint'])
        expect(idsIn(logPaths(folder, category))).toEqual(
          stored
            .filter(({ type }) => fileCategory(type, new Set()) === category)
            .map(({ id }) => id),
        );
      expect(findArchived(archiveFolder(folder), 'event-1234')).toMatchObject({
        event_id: 'event-1234',
      });
      store.close();
    },
  );
});

function addEvents(store: Database, now: number, from: number, count: number): void {
  const events = Array.from({ length: count }, (_, index) =>
    testEvent({
      event_id: `event-${from + index}`,
      event_type: TYPES[index % TYPES.length] ?? '',
      timestamp: new Date(now).toISOString(),
    }),
  );
  eventApplier(store, [], () => now)(events);
}

function logPaths(folder: StateFolder, category: string): readonly string[] {
  return logFiles(folder.log).flatMap((file) => (file.category === category ? [file.path] : []));
}

/** The ids of the lines, which must all be whole. */
function idsIn(paths: readonly string[]): readonly string[] {
  const onDamage = ({
    path,
    reason,
  }: {
    readonly path: string;
    readonly reason: string;
  }): never => {
    throw new Error(`${path}: ${reason}`);
  };
  return paths
    .flatMap((path) => [...readLines(path, { onDamage })])
    .map((line) => String(parseJsonObject(line)?.['event_id']));
}
