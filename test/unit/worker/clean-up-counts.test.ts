import { expect, it } from 'vitest';
import { builtinSource } from '../../../lib/worker/builtin-source.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { testEvent } from '../../support/test-event.ts';
import { testHome } from '../../support/test-home.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = 1_790_000_000_000;

it('counts what was deleted, not events that were stored while the plan was made', async () => {
  const { folder } = testHome();
  const database = testStore();
  const addEvent = database.prepare(
    "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'a.b', ?, 's', '{}', ?)",
  );
  addEvent.run('old', NOW - 400 * 86_400_000, 1);
  const emitted: EventEnvelope[] = [];
  let stored = 0;
  const source = builtinSource({
    folder,
    queue: queueFolder(folder.queue),
    config: new LiveConfig({
      ...{ file: folder.configFile, environment: {}, flags: {}, log: () => undefined },
    }),
    clock: () => NOW,
    emit: (event) => void emitted.push(event),
    database: () => database,
    writtenUpTo: () => Number.MAX_SAFE_INTEGER,
    stats: () => {
      throw new Error('not asked for');
    },
    startWorker: () => false,
    canScan: async () => {
      stored += 1;
      addEvent.run(`new-${stored}`, NOW, 2);
      return true;
    },
  });
  const handler = source().find(({ name }) => name === 'builtin/clean-up');
  const event = testEvent({ event_type: 'system.cleanup_needed' });
  await handler?.deliver({ event, attempt: 1, signal: new AbortController().signal });
  expect(stored).toBeGreaterThan(1);
  expect(emitted.map(({ payload }) => [payload['events'], payload['removed']])).toEqual([[1, 1]]);
});
