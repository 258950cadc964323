import type { EventStamp } from '../events/event-id.ts';

/** The parts of an entry's name: `P_T_R.aN.json`, in delayed/ with `DUE_` in front. */
export interface EntryName extends EventStamp {
  /** 0 (first) to 9. */
  readonly priority: number;
  /** Number of claims. */
  readonly attempts: number;
}

const SHAPE = /^([0-9])_(\d{13})_([0-9a-f]{16})\.a(\d{1,4})\.json$/;
const DELAYED = /^(\d{13})_(.+)$/;

export function formatEntryName({ priority, time, random, attempts }: EntryName): string {
  return `${priority}_${String(time).padStart(13, '0')}_${random}.a${attempts}.json`;
}

/** Parses a name in our format. Returns `undefined` for a foreign name. */
export function parseEntryName(name: string): EntryName | undefined {
  const [, priority, time, random, attempts] = SHAPE.exec(name) ?? [];
  if (random === undefined) return undefined;
  return { priority: Number(priority), time: Number(time), random, attempts: Number(attempts) };
}

export function formatDelayedName(dueAt: number, name: EntryName): string {
  return `${String(dueAt).padStart(13, '0')}_${formatEntryName(name)}`;
}

/** Parses the name of a delayed entry and its due time. Returns `undefined` for a foreign file. */
export function parseDelayedName(
  file: string,
): { readonly dueAt: number; readonly name: EntryName } | undefined {
  const [, due, rest] = DELAYED.exec(file) ?? [];
  const name = rest === undefined ? undefined : parseEntryName(rest);
  return name === undefined ? undefined : { dueAt: Number(due), name };
}
