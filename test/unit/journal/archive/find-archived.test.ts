import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archiveFolder } from '../../../../lib/journal/archive/archive-files.ts';
import { findArchived } from '../../../../lib/journal/archive/find-archived.ts';
import { lookUpId } from '../../../../lib/journal/archive/id-index.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';
import { finishJournal, openTestJournal } from '../../../support/test-journal.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY = 86_400_000;

function idOf(index: number): string {
  return `evt_20261122_1000${String(index % 60).padStart(2, '0')}_${index.toString(16).padStart(16, '0')}`;
}

/** The folder of an archive with 1,000 events that are compressed, and one that is not. */
async function archive(): Promise<string> {
  const folder = stateFolderAt(tempFolder());
  const store = testStore();
  let now = NOW;
  const add = (ids: readonly string[]): unknown =>
    eventApplier(
      store,
      [],
      () => now,
    )(ids.map((event_id) => testEvent({ event_id, payload: { note: `of ${event_id}` } })));
  const journal = openTestJournal(folder, () => now, store);
  add([...Array.from({ length: 999 }, (_, index) => idOf(index)), 'somebody:else.1']);
  await finishJournal(journal);
  now += DAY;
  add(['today']);
  await finishJournal(journal);
  return archiveFolder(folder);
}

describe('findArchived', () => {
  it('finds every event, compressed or not, whatever its id', async () => {
    const events = await archive();
    for (const id of [idOf(0), idOf(255), idOf(256), idOf(998), 'somebody:else.1', 'today'])
      expect(findArchived(events, id)).toMatchObject({
        event_id: id,
        payload: { note: `of ${id}` },
      });
    expect(findArchived(events, 'evt_20261122_100000_ffffffffffffffff')).toBeUndefined();
    expect(findArchived(`${events}/none`, 'x')).toBeUndefined();
  });

  it('unpacks one block of a compressed file', async () => {
    const events = await archive();
    expect(lookUpId(`${events}/2026-11-22.index`, idOf(700))).toHaveLength(1);
    expect(lookUpId(`${events}/2026-11-22.index`, 'nobody')).toEqual([]);
  });

  it.each([
    ['missing', (path: string): void => rmSync(path)],
    ['cut short', (path: string): void => truncateSync(path, 1_000)],
    ['something else', (path: string): void => writeFileSync(path, 'x'.repeat(8_012))],
  ])('reads a file through whose index is %s', async (_title, harm) => {
    const events = await archive();
    harm(`${events}/2026-11-22.index`);
    expect(lookUpId(`${events}/2026-11-22.index`, idOf(1))).toBeUndefined();
    expect(findArchived(events, idOf(998))).toMatchObject({ event_id: idOf(998) });
  });

  it('finds what comes before the damage of a truncated file, and reports the damage', async () => {
    const events = await archive();
    const path = `${events}/2026-11-22.jsonl.gz`;
    truncateSync(path, readFileSync(path).length - 50);
    const damage: string[] = [];
    expect(findArchived(events, idOf(3), ({ reason }) => damage.push(reason))).toMatchObject({
      event_id: idOf(3),
    });
    expect(damage).toEqual([]);
    expect(findArchived(events, idOf(998), ({ reason }) => damage.push(reason))).toBeUndefined();
    expect(damage).toHaveLength(1);
  });
});
