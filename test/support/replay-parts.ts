import type { ReplayParts } from '../../lib/journal/replay/replay.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import type { TestHome } from './test-home.ts';

/** The parts of a replay into a home without a worker. */
export function replayParts({ queue }: TestHome, own: Partial<ReplayParts> = {}): ReplayParts {
  return {
    queue,
    entryCap: 65_536,
    again: false,
    nextStamp: stampSource(Date.now),
    wake: () => undefined,
    sleep: async () => undefined,
    clock: Date.now,
    ...own,
  };
}
