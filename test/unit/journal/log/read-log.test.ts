import { describe, expect, it } from 'vitest';
import { openTail } from '../../../../lib/journal/log/log-tail.ts';
import { readLog } from '../../../../lib/journal/log/read-log.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { appendFileSync, truncateSync } from 'node:fs';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';
import { finishJournal, JOURNAL_SETTINGS, openTestJournal } from '../../../support/test-journal.ts';
import { testStore } from '../../../support/test-store.ts';

const START = Date.parse('2025-11-22T10:00:00Z');
const DAY = 86_400_000;
const quiet = { onDamage: () => undefined };

/** A log of its own; `say` stores events and lets them be written. */
function logOf(eventLogSize = JOURNAL_SETTINGS.eventLogSize): {
  readonly path: string;
  readonly say: (type: string, ids: readonly string[], at?: number) => Promise<void>;
} {
  const folder = stateFolderAt(tempFolder());
  const store = testStore();
  let now = START;
  const journal = openTestJournal(folder, () => now, store, {
    settings: () => ({ ...JOURNAL_SETTINGS, eventLogSize }),
  });
  return {
    path: folder.log,
    async say(event_type, ids, at = now + 1_000) {
      now = at;
      eventApplier(
        store,
        [],
        () => now,
      )(
        ids.map((event_id) =>
          testEvent({ event_id, event_type, timestamp: new Date(now).toISOString() }),
        ),
      );
      await finishJournal(journal);
    },
  };
}

function idsOf(events: ReturnType<typeof readLog>): unknown[] {
  return events.map((event) => event['event_id']);
}

describe('readLog', () => {
  it('shows the latest events of all categories by time, including rotated and compressed ones', async () => {
    const { path, say } = logOf(100);
    await say('task.failed', ['a']);
    await say('build.done', ['b']);
    await say('task.created', ['c'], START + DAY);
    await say('task.failed', ['d']);
    expect(idsOf(readLog(path, { limit: 10, ...quiet }))).toEqual(['a', 'b', 'c', 'd']);
    expect(idsOf(readLog(path, { limit: 3, ...quiet }))).toEqual(['b', 'c', 'd']);
    expect(idsOf(readLog(path, { limit: 10, since: START + DAY, ...quiet }))).toEqual(['c', 'd']);
  });

  it('shows events of the same time in the order in which they were written', async () => {
    const { path, say } = logOf();
    await say('task.failed', ['c', 'a', 'b']);
    expect(idsOf(readLog(path, { limit: 10, ...quiet }))).toEqual(['c', 'a', 'b']);
    expect(idsOf(readLog(path, { limit: 2, ...quiet }))).toEqual(['a', 'b']);
  });

  it.each([
    ['task.*', ['a', 'c']],
    ['task.failed', ['a']],
    ['*.done', ['b']],
    ['*', ['a', 'b', 'c']],
    ['none.such', []],
  ])('shows those that fit %s', async (type, expected) => {
    const { path, say } = logOf();
    await say('task.failed', ['a']);
    await say('build.done', ['b']);
    await say('task.created', ['c']);
    expect(idsOf(readLog(path, { limit: 10, type, ...quiet }))).toEqual(expected);
  });

  it('shows nothing without a log', () => {
    expect(readLog(`${tempFolder()}/log`, { limit: 10, ...quiet })).toEqual([]);
  });
});

describe('openTail', () => {
  const idsIn = (lines: readonly string[]): unknown[] =>
    lines.map((line) => JSON.parse(line).event_id);

  it('returns each line once, through rotation, compression and new categories', async () => {
    const { path, say } = logOf(100);
    await say('task.failed', ['before']);
    const tail = openTail(path, () => true);
    expect(tail.readNew()).toEqual([]);
    await say('task.failed', ['a']);
    await say('build.done', ['b']);
    expect(idsIn(tail.readNew())).toEqual(['a', 'b']);
    await say('task.failed', ['c']);
    expect(idsIn(tail.readNew())).toEqual(['c']);
    await say('task.failed', ['d'], START + DAY);
    expect(idsIn(tail.readNew())).toEqual(['d']);
    expect(tail.readNew()).toEqual([]);
    tail.close();
  });

  it('returns each line once although logs were rotated several times between two calls', async () => {
    const { path, say } = logOf(100);
    await say('task.failed', ['before']);
    await say('task.failed', ['a']);
    const tail = openTail(path, () => true);
    await say('task.failed', ['b']);
    for (const id of ['c', 'd', 'e']) await say('task.failed', [id]);
    for (const id of ['f', 'g']) await say('build.done', [id], START + DAY);
    expect(idsIn(tail.readNew())).toEqual(['b', 'c', 'd', 'e', 'f', 'g']);
    await say('task.failed', ['h']);
    expect(idsIn(tail.readNew())).toEqual(['h']);
    expect(tail.readNew()).toEqual([]);
    tail.close();
  });

  it('follows only the categories that are wanted', async () => {
    const { path, say } = logOf();
    const tail = openTail(path, (category) => category === 'task');
    await say('build.done', ['b']);
    await say('task.failed', ['a']);
    expect(idsIn(tail.readNew())).toEqual(['a']);
    tail.close();
  });

  it('does not return a line twice that was cut off and written again', async () => {
    const { path, say } = logOf();
    await say('task.failed', ['a']);
    const tail = openTail(path, () => true);
    appendFileSync(`${path}/task-events.jsonl`, '{"event_id":"b"}\n{"event_id":"to');
    expect(idsIn(tail.readNew())).toEqual(['b']);
    const whole = '{"event_id":"b"}\n{"event_id":"torn"}\n';
    truncateSync(`${path}/task-events.jsonl`, 200);
    expect(tail.readNew()).toEqual([]);
    truncateSync(`${path}/task-events.jsonl`, 0);
    appendFileSync(`${path}/task-events.jsonl`, whole);
    expect(idsIn(tail.readNew())).toEqual([]);
    tail.close();
  });
});
