import { closeSync, openSync, readSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';

/** The time and random part of an event. They never change. */
export interface EventStamp {
  /** Milliseconds since the epoch, by the clock of the maker. */
  readonly time: number;
  /**
   * 48 random bits of the process, then a counter: 16 hex digits, unique across processes and
   * hosts.
   */
  readonly random: string;
}

/** Formats an event id: `evt_YYYYMMDD_HHMMSS_R`, in UTC. */
export function eventId({ time, random }: EventStamp): string {
  const iso = isoTime(time);
  const day = iso.slice(0, 10).replaceAll('-', '');
  const second = iso.slice(11, 19).replaceAll(':', '');
  return `evt_${day}_${second}_${random}`;
}

/** Returns the `R` of an event id, or `undefined` for an id in another format. */
export function randomPart(id: string): string | undefined {
  return /^evt_\d{8}_\d{6}_([0-9a-f]{16})$/.exec(id)?.[1];
}

/**
 * Returns a source of stamps that sort in the order in which they were made, within one process.
 * Reads six bytes of /dev/urandom (node:crypto would cost a hook 4 ms); if that is missing, uses
 * the Web Crypto of the runtime.
 */
export function stampSource(clock: () => number): () => EventStamp {
  let prefix: string | undefined; // A hook that makes no stamp does not pay for random bits.
  let last = 0;
  let counter = 0;
  return () => {
    last = Math.max(last, clock());
    counter += 1;
    if (counter === 0x10000) {
      // Ids contain whole seconds, and time stands still here when the clock is set back. Random
      // parts must not repeat in either case.
      prefix = randomHex();
      counter = 0;
      last += 1;
    }
    prefix ??= randomHex();
    return { time: last, random: prefix + counter.toString(16).padStart(4, '0') };
  };
}

function randomHex(): string {
  const bytes = new Uint8Array(6);
  try {
    const fd = openSync('/dev/urandom', 'r');
    try {
      if (readSync(fd, bytes, 0, bytes.length, null) !== bytes.length)
        globalThis.crypto.getRandomValues(bytes);
    } finally {
      closeSync(fd);
    }
  } catch {
    globalThis.crypto.getRandomValues(bytes); // No /dev/urandom: Windows.
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
