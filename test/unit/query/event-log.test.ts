import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/core/json.ts';
import { type StateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import { type Damage, followEventLog, readEventLog } from '../../../lib/query/event-log.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testEvent } from '../../support/test-event.ts';

describe('readEventLog', () => {
  it('gives the latest events that fit, newest last', async () => {
    const folder = withLog(['task.failed', 'task.completed', 'task.failed', 'task.failed']);
    const damage: Damage[] = [];
    const onDamage = (one: Damage): void => void damage.push(one);
    const found = await readEventLog(folder, { type: 'task.failed', limit: 2 }, onDamage);
    expect(found.map(({ event_id }) => event_id)).toEqual(['e2', 'e3']);
    expect(damage).toEqual([]);
  });
});

describe('followEventLog', () => {
  it('passes on the latest events, then those that are written, until it is aborted', async () => {
    const folder = withLog(['task.failed', 'task.failed']);
    const seen: JsonObject[] = [];
    const stop = new AbortController();
    const done = followEventLog(
      folder,
      { type: 'task.failed', limit: 1 },
      (event) => void seen.push(event),
      stop.signal,
    );
    appendFileSync(logOf(folder), line('task.completed', 2) + line('task.failed', 3));
    await eventually('the new event', () => seen.length === 2);
    stop.abort();
    await done;
    expect(seen.map(({ event_id }) => event_id)).toEqual(['e1', 'e3']);
  });
});

function withLog(types: readonly string[]): StateFolder {
  const folder = stateFolderAt(tempFolder());
  mkdirSync(folder.log, { recursive: true });
  writeFileSync(logOf(folder), types.map(line).join(''));
  return folder;
}

function logOf({ log }: StateFolder): string {
  return `${log}/task-events.jsonl`;
}

function line(type: string, index: number): string {
  return `${JSON.stringify(testEvent({ event_id: `e${index}`, event_type: type }))}\n`;
}
