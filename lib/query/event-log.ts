import { type JsonObject, parseJsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { followLog } from '../journal/log/follow-log.ts';
import { openTail } from '../journal/log/log-tail.ts';
import { fitsLog, mayContain, readLog } from '../journal/log/read-log.ts';
import type { OnDamage } from '../journal/read-blocks.ts';

export type { Damage, OnDamage } from '../journal/read-blocks.ts';

/** Which events of the logs are wanted. */
export interface EventLogFilter {
  /** A type, or a glob such as `worker.*`. */
  readonly type?: string;
  /** Milliseconds since the epoch, included. */
  readonly since?: number;
  /** Also copies that a replay made. */
  readonly replays?: boolean;
  readonly limit: number;
}

/** The latest events in the event logs that fit, newest last; rotated logs are read, too. */
export async function readEventLog(
  folder: StateFolder,
  filter: EventLogFilter,
  onDamage: OnDamage,
): Promise<readonly JsonObject[]> {
  return readLog(folder.log, { ...filter, onDamage });
}

/**
 * Passes on the latest events that fit, then each further one as it is written, until `signal` is
 * aborted.
 */
export async function followEventLog(
  folder: StateFolder,
  { type, ...filter }: EventLogFilter,
  onEvent: (event: JsonObject) => void,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = {
    ...(type === undefined ? {} : { type }),
    ...(filter.replays === undefined ? {} : { replays: filter.replays }),
  };
  // before the reading: nothing falls between
  const tail = openTail(folder.log, (category) => mayContain(category, type));
  const onDamage = (): void => undefined; // an unfinished line is normal while the log is written
  for (const event of readLog(folder.log, { ...filter, ...wanted, onDamage })) onEvent(event);
  const onLine = (line: string): void => {
    const event = fitsLog(line, wanted) === undefined ? undefined : parseJsonObject(line);
    if (event !== undefined) onEvent(event);
  };
  await followLog(tail, folder.log, onLine, signal);
}
