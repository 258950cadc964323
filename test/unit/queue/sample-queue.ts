import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { eventId, type EventStamp, stampSource } from '../../../lib/events/event-id.ts';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { Claimer, type ClaimerOptions } from '../../../lib/queue/claimer.ts';
import { enqueue, type EnqueueOptions } from '../../../lib/queue/enqueue.ts';
import { formatEntryName } from '../../../lib/queue/entry-name.ts';
import { makeQueueFolder, type QueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export const NOW = Date.UTC(2026, 10, 22, 4, 48, 32, 123);
export const OPTIONS: EnqueueOptions = { durability: 'none', queueCap: 1_000, entryCap: 65_536 };

/** A queue with all its folders. */
export function sampleQueue(): QueueFolder {
  const queue = queueFolder(`${tempFolder()}/queue`);
  makeQueueFolder(queue);
  return queue;
}

/** Stamps of one maker, a millisecond apart. */
export function ticking(from = NOW): () => EventStamp {
  let now = from;
  return stampSource(() => (now += 1));
}

/** Enqueues one event. @returns its random part, which names it for life. */
export function put(queue: QueueFolder, stamp: EventStamp, priority = 5): string {
  enqueue(
    queue,
    sealEvent({ type: 'test.made', priority, payload: {} }, stamp, 'test'),
    stamp,
    priority,
    OPTIONS,
  );
  return stamp.random;
}

/** Puts an entry with attempts into a folder, as recovery leaves it. */
export function putTried(
  folder: string,
  stamp: EventStamp,
  attempts: number,
  prefix = '',
  priority = 5,
): string {
  const content = JSON.stringify({ event_id: eventId(stamp), event_type: 'test.made' });
  writeFileSync(`${folder}/${prefix}${formatEntryName({ ...stamp, priority, attempts })}`, content);
  return stamp.random;
}

export interface TestWorker {
  readonly claimer: Claimer;
  readonly holding: string;
  /** The random parts of the next batch. */
  take(): readonly string[];
  /** Claims until nothing is left, one list per batch. */
  drain(): readonly (readonly string[])[];
}

export function testWorker(
  queue: QueueFolder,
  changes: Partial<ClaimerOptions> & { readonly name?: string } = {},
): TestWorker {
  const holding = `${queue.processing}/${changes.name ?? 'w1'}`;
  mkdirSync(holding, { recursive: true });
  const claimer = new Claimer({
    queue,
    holding,
    batchSize: () => 256,
    sizeCap: () => 65_536,
    longestDelay: () => Number.POSITIVE_INFINITY,
    clock: () => NOW,
    nextStamp: ticking(),
    ...changes,
  });
  const take = (): readonly string[] => claimer.next().map(({ name }) => name.random);
  const drain = (): readonly (readonly string[])[] => {
    const batches: (readonly string[])[] = [];
    for (let batch = take(); batch.length > 0; batch = take()) batches.push(batch);
    return batches;
  };
  return { claimer, holding, take, drain };
}

/** Every plain path below a folder of the queue, sorted. */
export function listFilesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
}

export function contentOf(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
