import { closeSync, openSync, readSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';

/** Where and when an event was made; both parts stay with it for life. */
export interface EventStamp {
  /** Milliseconds since the epoch, by the clock of its maker. */
  readonly time: number;
  /** 48 random bits of its process and a counter below: 16 hex digits, unique across processes and hosts. */
  readonly random: string;
}

/** `evt_YYYYMMDD_HHMMSS_R`, in UTC. */
export function eventId({ time, random }: EventStamp): string {
  const iso = isoTime(time);
  const day = iso.slice(0, 10).replaceAll('-', '');
  const second = iso.slice(11, 19).replaceAll(':', '');
  return `evt_${day}_${second}_${random}`;
}

/** The `R` of an event id of our form, or `undefined` for an id of another form. */
export function randomPart(id: string): string | undefined {
  return /^evt_\d{8}_\d{6}_([0-9a-f]{16})$/.exec(id)?.[1];
}

/**
 * A source of stamps that sort in the order they were drawn, within one process.
 * Reads six bytes of /dev/urandom (node:crypto would cost a hook 4 ms); without it, the Web Crypto of the runtime.
 */
export function stampSource(clock: () => number): () => EventStamp {
  let prefix: string | undefined; // a hook that draws no stamp pays for no random bits
  let last = 0;
  let counter = 0;
  return () => {
    last = Math.max(last, clock());
    counter += 1;
    if (counter === 0x10000) {
      // ids hold whole seconds, and time stops here when the clock is set back: random parts must not repeat in either case
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
    globalThis.crypto.getRandomValues(bytes); // no /dev/urandom: Windows
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
