import { describe, expect, it } from 'vitest';
import { ack } from '../../../lib/queue/acknowledge.ts';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolveConfig } from '../../../lib/config/resolve.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { formatEntryName } from '../../../lib/queue/entry-name.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import type { Applied } from '../../../lib/store/apply-events.ts';
import { StoreFault } from '../../../lib/store/store-fault.ts';
import { type BatchParts, processBatch } from '../../../lib/worker/process-batch.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { namesIn } from '../../support/test-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testEvent } from '../../support/test-event.ts';

const NOW = 1_790_000_000_000;

function setUp(own: Partial<BatchParts> = {}) {
  const queue = queueFolder(`${tempFolder()}/queue`);
  makeQueueFolder(queue);
  const holding = `${queue.processing}/me`;
  mkdirSync(holding);
  const { log, codes } = memoryLog();
  const { values } = resolveConfig({
    environment: {},
    flags: { maxAttempts: 3, retryBase: 1_000, entryCap: 1_024 },
  });
  const seen: EventEnvelope[][] = [];
  const apply = (events: readonly EventEnvelope[]): readonly Applied[] => {
    seen.push([...events]);
    return events.map(() => ({ state: 'applied' }));
  };
  const parts: BatchParts = {
    queue,
    config: () => values,
    clock: () => NOW,
    random: () => 1,
    log,
    apply,
    redact: (events) => events,
    isKnown: () => false,
    acknowledge: (done) => done.forEach(ack),
    ...own,
  };
  let number = 0;
  const hold = (content: string, attempts = 1, foreignName?: string): ClaimedEntry => {
    number += 1;
    const name = {
      priority: 4,
      time: NOW - 5,
      random: `000000000000${String(number).padStart(4, '0')}`,
      attempts,
    };
    const path = `${holding}/${formatEntryName(name)}`;
    writeFileSync(path, content);
    return foreignName === undefined ? { name, path } : { name, path, foreignName };
  };
  const reason = (entry: ClaimedEntry): unknown =>
    JSON.parse(readFileSync(`${queue.dead}/${formatEntryName(entry.name)}.reason`, 'utf8'));
  return { queue, holding, parts, hold, reason, seen, codes };
}

const good = JSON.stringify(testEvent());

describe('processBatch', () => {
  it('applies a batch at once and acknowledges every entry', async () => {
    const { parts, hold, holding, seen } = setUp();
    const entries = [hold(good), hold(JSON.stringify(testEvent({ event_id: 'e2' })))];
    expect(await processBatch(entries, parts)).toEqual({
      applied: entries,
      known: 0,
      failed: 0,
      dead: 0,
    });
    expect(seen).toHaveLength(1);
    expect(namesIn(holding)).toEqual([]);
  });

  it('calls back after the commit and before the first acknowledgement', async () => {
    const { parts, hold, holding } = setUp();
    let held: readonly string[] = [];
    await processBatch([hold(good)], {
      ...parts,
      onCommitted: () => {
        held = namesIn(holding);
      },
    });
    expect(held).toHaveLength(1);
  });

  it('acknowledges what was committed before, and counts it separately', async () => {
    const { parts, hold, holding } = setUp({ apply: () => [{ state: 'known' }] });
    expect(await processBatch([hold(good)], parts)).toEqual({
      applied: [],
      known: 1,
      failed: 0,
      dead: 0,
    });
    expect(namesIn(holding)).toEqual([]);
  });

  it.each([
    ['an empty file', '', 'ENTRY_MALFORMED'],
    ['cut JSON', '{"event_type":"a.', 'ENTRY_MALFORMED'],
    ['a list', '[1]', 'ENTRY_MALFORMED'],
    ['raw SQL', '{"sql":"DELETE FROM events"}', 'ENTRY_RAW_SQL'],
    ['no type', '{"payload":{}}', 'EVENT_INVALID'],
    ['a wrong type', '{"event_type":"Nonsense"}', 'EVENT_INVALID'],
    ['a wrong time', '{"event_type":"build.failed","timestamp":"yesterday"}', 'EVENT_INVALID'],
    [
      'too many bytes',
      `{"event_type":"build.failed","payload":{"text":"${'x'.repeat(1_100)}"}}`,
      'ENTRY_TOO_LARGE',
    ],
  ])(
    'buries %s with its reason at once, and applies the neighbours',
    async (_what, content, code) => {
      const { parts, hold, reason, queue, seen, codes } = setUp();
      const bad = hold(content, 1, '4_note.json');
      const result = await processBatch([hold(good), bad, hold(good)], parts);
      expect(result).toMatchObject({ failed: 0, dead: 1 });
      expect(seen[0]).toHaveLength(2);
      expect(readFileSync(`${queue.dead}/${formatEntryName(bad.name)}`, 'utf8')).toBe(content);
      expect(reason(bad)).toMatchObject({
        code,
        attempts: 1,
        foreignName: '4_note.json',
        at: new Date(NOW).toISOString(),
      });
      expect(codes()).toEqual(['ENTRY_DEAD']);
    },
  );

  it('does not move an entry to dead/ that another worker took in the meantime', async () => {
    const { parts, hold, queue, codes } = setUp();
    const entry = hold(good);
    unlinkSync(entry.path);
    expect(await processBatch([entry, hold(good)], parts)).toMatchObject({
      applied: [{}],
      failed: 1,
      dead: 0,
    });
    expect([...namesIn(queue.dead), ...namesIn(queue.delayed)]).toEqual([]);
    expect(codes()).not.toContain('ENTRY_DEAD');
  });

  it('moves what is not a plain file to dead/, without following it', async () => {
    const { parts, hold, reason } = setUp();
    const entry = hold(good);
    unlinkSync(entry.path);
    symlinkSync('/etc/hostname', entry.path);
    await processBatch([entry], parts);
    expect(reason(entry)).toMatchObject({ code: 'ENTRY_UNREADABLE' });
  });

  it('fills in what a foreign file left out, the same at each attempt', async () => {
    const { parts, hold, seen } = setUp();
    await processBatch([hold('{"event_type":"build.failed"}', 1, '4_note.json')], parts);
    expect(seen[0]).toEqual([
      {
        event_id: 'evt_20260921_141319_0000000000000001',
        event_type: 'build.failed',
        timestamp: new Date(NOW - 5).toISOString(),
        source: 'file/4_note.json',
        payload: {},
      },
    ]);
  });

  it('keeps an event that fails for another attempt, later each time', async () => {
    const failing = {
      apply: (): readonly Applied[] => [{ state: 'failed', error: new Error('no such branch') }],
    };
    for (const [attempts, delay] of [
      [1, 1_000],
      [2, 2_000],
    ] as const) {
      const { parts, hold, queue, codes } = setUp(failing);
      expect(await processBatch([hold(good, attempts)], parts)).toMatchObject({
        failed: 1,
        dead: 0,
      });
      expect(namesIn(queue.delayed)).toEqual([
        `${NOW + delay}_4_${NOW - 5}_0000000000000001.a${attempts}.json`,
      ]);
      expect(codes()).toEqual(['ENTRY_RETRIED']);
    }
  });

  it('moves an event to dead/ that failed at its last attempt, with the error', async () => {
    const { parts, hold, reason, queue } = setUp({
      apply: () => [{ state: 'failed', error: new Error('no such branch') }],
    });
    const entry = hold(good, 3);
    expect(await processBatch([entry], parts)).toMatchObject({ failed: 1, dead: 1 });
    expect(reason(entry)).toMatchObject({
      code: 'HANDLING_FAILED',
      attempts: 3,
      reason: expect.stringContaining('no such branch'),
    });
    expect(namesIn(queue.delayed)).toEqual([]);
  });

  it('moves an entry to dead/ that crashed its workers at all attempts, without reading it', async () => {
    const { parts, hold, reason, seen } = setUp();
    const entry = hold(good, 4);
    expect(await processBatch([entry], parts)).toMatchObject({ dead: 1 });
    expect(reason(entry)).toMatchObject({ code: 'HANDLING_FAILED', attempts: 4 });
    expect(seen).toEqual([]);
  });

  it('acknowledges an entry whose workers crashed after its commit, however often', async () => {
    const { parts, hold, holding, queue } = setUp({ isKnown: () => true });
    const entry = hold(good, 9);
    expect(await processBatch([entry], parts)).toEqual({
      applied: [],
      known: 1,
      failed: 0,
      dead: 0,
    });
    expect([...namesIn(holding), ...namesIn(queue.dead)]).toEqual([]);
  });

  it('waits while another worker writes', async () => {
    let asked = 0;
    const { parts, hold, holding } = setUp({
      apply: () => {
        asked += 1;
        if (asked < 4) throw new StoreFault('BUSY', 'database is locked');
        return [{ state: 'applied' }];
      },
    });
    expect(await processBatch([hold(good)], parts)).toMatchObject({
      applied: [{}],
      failed: 0,
      dead: 0,
    });
    expect(namesIn(holding)).toEqual([]);
  });

  it('returns everything as if it had never been claimed when the store fails', async () => {
    const fault = new StoreFault('FULL', 'database or disk is full');
    const { parts, hold, queue, holding } = setUp({
      apply: () => {
        throw fault;
      },
    });
    await expect(processBatch([hold(good, 1), hold(good, 3)], parts)).rejects.toBe(fault);
    expect(namesIn(`${queue.pending}/4`)).toEqual([
      `4_${NOW - 5}_0000000000000001.a0.json`,
      `4_${NOW - 5}_0000000000000002.a2.json`,
    ]);
    expect([...namesIn(holding), ...namesIn(queue.dead), ...namesIn(queue.delayed)]).toEqual([]);
  });

  it('applies the event without its secrets', async () => {
    const { parts, hold, seen } = setUp({
      redact: (events) => events.map((event) => ({ ...event, source: '[redacted]' })),
    });
    await processBatch([hold(good)], parts);
    expect(seen[0]?.[0]?.source).toBe('[redacted]');
  });

  it('does not call the store when there is nothing to apply', async () => {
    const { parts, hold, seen } = setUp();
    await processBatch([hold('')], parts);
    expect(seen).toEqual([]);
  });

  it('ignores an entry that is missing when it is acknowledged', async () => {
    const { parts, hold } = setUp();
    const entry = hold(good);
    const result = await processBatch([entry], {
      ...parts,
      onCommitted: () => unlinkSync(entry.path),
    });
    expect(result.applied).toEqual([entry]);
    expect(existsSync(entry.path)).toBe(false);
  });
});
