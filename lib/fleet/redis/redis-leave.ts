import { connectRedis, textOf } from './connect-redis.ts';
import { leaveFields } from './feed-entry.ts';
import { partitionOf, receiptKey, streamKey } from './feed-keys.ts';
import { leftIn, type RedisOutletParts } from './redis-outlet.ts';

export interface LeaveParts extends Pick<RedisOutletParts, 'host' | 'place' | 'password'> {
  /** Names the wish, however often it is sent. */
  readonly round: string;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Called when Redis has the wish. */
  readonly onAsked: () => void;
  /** How often the answer is looked for. */
  readonly looks: number;
}

const LOOK_MS = 250;

/**
 * Asks the workers of a team to delete all that this machine has sent. The wish goes through the
 * stream, behind what was sent before.
 * @returns whether a worker has done it by now.
 * @throws {@link RedisFault}
 */
export async function askToDelete(parts: LeaveParts): Promise<boolean> {
  const { host, place, round, clock, pause, looks } = parts;
  const session = await connectRedis(parts);
  try {
    const [key, receipt] = [
      streamKey(place, partitionOf(host.host, place)),
      receiptKey(place, host.host),
    ];
    const head = { ...host, start: { change: 0, event: 0 }, round };
    const isDone = async (): Promise<boolean> =>
      leftIn(textOf(await session.send('GET', receipt))) === round;
    if (await isDone()) return true;
    await session.send('XADD', key, '*', ...leaveFields(head, clock()));
    parts.onAsked();
    for (let look = 0; look < looks; look += 1) {
      if (await isDone()) return true;
      await pause(LOOK_MS);
    }
    return await isDone();
  } finally {
    await session.close();
  }
}
