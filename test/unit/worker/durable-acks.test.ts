import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { DurableAcks } from '../../../lib/worker/durable-acks.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function setUp() {
  const folder = tempFolder();
  const { log, codes } = memoryLog();
  const entry = (number: number): ClaimedEntry => {
    const path = `${folder}/${number}`;
    writeFileSync(path, '{}');
    return { name: { priority: 5, time: number, random: '0', attempts: 1 }, path };
  };
  return { folder, entry, codes, acks: new DurableAcks({ store: `${folder}/waymark.db`, log }) };
}

describe('DurableAcks', () => {
  it("deletes entries after the store's log is synced, not before", async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db-wal`, 'log');
    const entries = [entry(1), entry(2)];
    acks.add(entries);
    expect(entries.every(({ path }) => existsSync(path))).toBe(true);
    await acks.whenDrained();
    expect(entries.some(({ path }) => existsSync(path))).toBe(false);
    expect(acks.size).toBe(0);
  });

  it('accepts entries during a sync, and is drained when all are done', async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db-wal`, 'log');
    const entries = [entry(1), entry(2), entry(3)];
    for (const one of entries) acks.add([one]);
    expect(acks.size).toBe(2);
    await acks.whenDrained();
    expect(entries.some(({ path }) => existsSync(path))).toBe(false);
  });

  it('has nothing to sync if the store has no log', async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db`, 'store');
    const one = entry(1);
    acks.add([one]);
    await acks.whenDrained();
    expect(existsSync(one.path)).toBe(false);
  });

  it('keeps entries and reports it when both the log and the store are missing', async () => {
    const { entry, acks, codes } = setUp();
    const one = entry(1);
    acks.add([one]);
    await acks.whenDrained();
    expect(existsSync(one.path)).toBe(true);
    expect(codes()).toEqual(['ACK_POSTPONED']);
  });

  it('is drained at once when nothing was added', async () => {
    const { acks } = setUp();
    acks.add([]);
    await expect(acks.whenDrained()).resolves.toBeUndefined();
  });
});
