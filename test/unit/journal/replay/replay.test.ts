import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replay } from '../../../../lib/journal/replay/replay.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { unpack } from '../../../../lib/store/parcel.ts';
import { replayParts } from '../../../support/replay-parts.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testHome, type TestHome } from '../../../support/test-home.ts';

function events(count: number, note = ''): EventEnvelope[] {
  return Array.from({ length: count }, (_, index) =>
    testEvent({ event_id: `e${index}`, payload: { note } }),
  );
}

function queued(home: TestHome): readonly EventEnvelope[][] {
  const folder = `${home.queue.pending}/8`;
  return readdirSync(folder)
    .sort()
    .map((file) => [...unpack(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))]);
}

describe('replay', () => {
  it('queues each event under an id of its own, several to an entry, behind everything else', async () => {
    const home = testHome();
    expect(await replay(events(40), replayParts(home, { to: 'notify' }))).toBe(40);
    const entries = queued(home);
    expect(entries.map((entry) => entry.length)).toEqual([16, 16, 8]);
    const replays = entries.flat();
    expect(replays.map(({ metadata }) => metadata?.replay_of)).toEqual(
      events(40).map(({ event_id }) => event_id),
    );
    expect(new Set(replays.map(({ event_id }) => event_id)).size).toBe(40);
    expect(replays[0]).toMatchObject({
      timestamp: events(1)[0]?.timestamp,
      source: events(1)[0]?.source,
      metadata: { tags: ['to:notify'] },
    });
  });

  it('makes no entry larger than the cap, and refuses an event that is too large alone', async () => {
    const home = testHome();
    const refused: string[] = [];
    const large = testEvent({ event_id: 'large', payload: { note: 'x'.repeat(10_000) } });
    const all = [...events(20, 'y'.repeat(1_000)), large, ...events(1)];
    expect(
      await replay(
        all,
        replayParts(home, { entryCap: 8_192, onRefused: ({ event_id }) => refused.push(event_id) }),
      ),
    ).toBe(21);
    expect(refused).toEqual(['large']);
    for (const file of readdirSync(`${home.queue.pending}/8`))
      expect(readFileSync(`${home.queue.pending}/8/${file}`).length).toBeLessThanOrEqual(8_192);
  });

  it('waits while more is queued than the worker keeps up with, and wakes it', async () => {
    const home = testHome();
    const folder = `${home.queue.pending}/8`;
    let most = 0;
    let woken = 0;
    const sleep = async (): Promise<void> => {
      const files = readdirSync(folder).sort();
      most = Math.max(most, files.length);
      for (const file of files.slice(0, 100)) rmSync(`${folder}/${file}`);
    };
    expect(
      await replay(events(16 * 1_000), replayParts(home, { sleep, wake: () => (woken += 1) })),
    ).toBe(16_000);
    expect(most).toBeLessThan(640);
    expect(woken).toBeGreaterThan(10);
  });

  it('gives up when no worker takes what it queues', async () => {
    const home = testHome();
    let now = 0;
    const sleep = async (): Promise<void> => {
      now += 1_000;
    };
    await expect(
      replay(events(16 * 600), replayParts(home, { sleep, clock: () => now })),
    ).rejects.toMatchObject({ code: 'WORKER_ABSENT' });
  });
});
