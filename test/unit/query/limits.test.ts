import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { accountEffects } from '../../../lib/features/account/effect.ts';
import { readLimits } from '../../../lib/query/limits.ts';
import type { Database } from '../../../lib/store/database.ts';
import { testStore } from '../../support/test-store.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');

function seen(at: number, folder: string, ...limits: readonly object[]): EventEnvelope {
  return {
    event_id: `evt_20261122_120000_${String(at).slice(-16).padStart(16, '0')}`,
    event_type: 'account.limits_seen',
    timestamp: new Date(at).toISOString(),
    source: 'hook/statusline',
    payload: { session_id: 's', config_folder: folder, limits },
  };
}

const fiveHours = (used: number, resets: number) => ({
  name: 'five_hour',
  used,
  resets_at: resets,
});

function tell(store: Database, ...events: readonly EventEnvelope[]): void {
  accountEffects['account.limits_seen']?.(store, events);
}

describe('readLimits', () => {
  it('gives the latest of each config folder, whatever the order, with the pace', async () => {
    const events = [
      seen(NOW - 60_000, '/a', fiveHours(40, NOW + 2.5 * HOUR)),
      seen(NOW - 2 * 60_000, '/a', fiveHours(39, NOW + 2.5 * HOUR)),
      seen(NOW - 60_000, '/b', fiveHours(10, NOW + 4.9 * HOUR)),
    ];
    for (const order of [events, events.toReversed()]) {
      const store = testStore();
      tell(store, ...order);
      expect(await readLimits(store, NOW)).toEqual([
        {
          ...{ configFolder: '/a', name: 'five_hour', used: 40, pace: 81 },
          ...{ resetsAt: '2026-11-22T14:30:00.000Z', seenAt: '2026-11-22T11:59:00.000Z' },
        },
        {
          ...{ configFolder: '/b', name: 'five_hour', used: 10, pace: null },
          ...{ resetsAt: '2026-11-22T16:54:00.000Z', seenAt: '2026-11-22T11:59:00.000Z' },
        },
      ]);
    }
  });

  it('knows nothing of a window that has begun anew since', async () => {
    const store = testStore();
    tell(store, seen(NOW - HOUR, '/a', fiveHours(90, NOW - 1)));
    expect(await readLimits(store, NOW)).toEqual([]);
  });

  it('leaves out limits without figures', async () => {
    const store = testStore();
    tell(store, seen(NOW, '/a', { name: 'five_hour' }, { used: 1, resets_at: NOW + 1 }, {}));
    expect(await readLimits(store, NOW)).toEqual([]);
  });
});
