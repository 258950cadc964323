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
  it('unlinks entries once the log of the store is synced, not before', async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db-wal`, 'log');
    const entries = [entry(1), entry(2)];
    acks.add(entries);
    expect(entries.every(({ path }) => existsSync(path))).toBe(true);
    await acks.settled();
    expect(entries.some(({ path }) => existsSync(path))).toBe(false);
    expect(acks.size).toBe(0);
  });

  it('takes entries while a sync is under way, and settles when all are done', async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db-wal`, 'log');
    const entries = [entry(1), entry(2), entry(3)];
    for (const one of entries) acks.add([one]);
    expect(acks.size).toBe(2);
    await acks.settled();
    expect(entries.some(({ path }) => existsSync(path))).toBe(false);
  });

  it('has nothing to sync where the store has no log', async () => {
    const { folder, entry, acks } = setUp();
    writeFileSync(`${folder}/waymark.db`, 'store');
    const one = entry(1);
    acks.add([one]);
    await acks.settled();
    expect(existsSync(one.path)).toBe(false);
  });

  it('keeps entries and says so when neither the log nor the store is there', async () => {
    const { entry, acks, codes } = setUp();
    const one = entry(1);
    acks.add([one]);
    await acks.settled();
    expect(existsSync(one.path)).toBe(true);
    expect(codes()).toEqual(['ACK_POSTPONED']);
  });

  it('is settled at once when nothing was added', async () => {
    const { acks } = setUp();
    acks.add([]);
    await expect(acks.settled()).resolves.toBeUndefined();
  });
});
