import type { Log } from '../../core/log.ts';
import { startSecretChild, type SecretChild } from './secret-child.ts';
import { cutRanges, type SecretRange } from './secret-range.ts';

/** Stands in place of a whole text that holds something like a secret and could not be looked at. */
export const NOT_CHECKED = '[redacted: not checked]';

/** Looks for secrets with the library's rules, in a process of its own. */
export interface SecretRedactor {
  /** Where the secrets of each text are; `undefined` for one that could not be checked. Never rejects. */
  scan(texts: readonly string[]): Promise<ReadonlyArray<readonly SecretRange[] | undefined>>;
  /** The texts without their secrets; {@link NOT_CHECKED} in place of each that could not be checked. Never rejects. */
  redact(texts: readonly string[]): Promise<readonly string[]>;
  /** Ends the scanner and resolves when its process is gone. Nothing is checked after that. */
  close(): Promise<void>;
}

/** Runs `action` once after `ms`, unless the returned function is called before. */
export type After = (ms: number, action: () => void) => () => void;

export interface SecretRedactorOptions {
  /** The scanner, such as `[process.execPath, 'dist/secret-scan.js']`. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The scanner ends after this long without work, in milliseconds. */
  readonly idleMs: number;
  /** Longest wait for one call, start of the scanner included, in milliseconds. */
  readonly deadlineMs: number;
  /** Pause after three failed calls in a row, during which nothing is tried, in milliseconds. */
  readonly restMs: number;
  readonly after: After;
  readonly log: Log;
}

const FAILURES_BEFORE_REST = 3;

/** Timers that do not keep a process alive. */
export const unrefAfter: After = (ms, action) => {
  const timer = setTimeout(action, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/** Opens the redactor; the scanner starts with the first text, one at a time, and again after it crashed. */
export function openSecretRedactor(options: SecretRedactorOptions): SecretRedactor {
  let child: SecretChild | undefined;
  let active = 0;
  let failures = 0;
  let isOff = false;
  let cancelIdle: () => void = () => undefined;
  let cancelRest: () => void = () => undefined;

  const stop = async (): Promise<void> => {
    const ended = child;
    child = undefined;
    await ended?.end();
  };

  const failed = (reason: string): void => {
    failures += 1;
    options.log('warn', 'SECRET_SCAN_FAILED', `Cannot scan for secrets: ${reason}; flagged texts are stored as "${NOT_CHECKED}"`);
    if (failures < FAILURES_BEFORE_REST || isOff) return;
    isOff = true;
    cancelRest = options.after(options.restMs, () => {
      isOff = false;
      failures = 0;
    });
  };

  /** One try; `undefined` when the scanner crashed. */
  const attempt = async (texts: readonly string[]) => {
    child ??= startSecretChild(options.command, options.environment);
    const used = child;
    try {
      return await used.scan(texts);
    } catch {
      if (child === used) child = undefined;
      return undefined;
    }
  };

  const scanInTime = async (texts: readonly string[]): Promise<ReadonlyArray<readonly SecretRange[] | undefined>> => {
    const nothing = texts.map(() => undefined);
    let cancel: () => void = () => undefined;
    const late = new Promise<'late'>((resolve) => {
      cancel = options.after(options.deadlineMs, () => resolve('late'));
    });
    const found = await Promise.race([late, attempt(texts).then((first) => first ?? (isOff ? undefined : attempt(texts)))]);
    cancel();
    if (found === 'late' || found === undefined) {
      failed(found === 'late' ? `no answer in ${options.deadlineMs} ms` : 'the scanner ended twice');
      await stop();
      return nothing;
    }
    failures = 0;
    return found;
  };

  const scan: SecretRedactor['scan'] = async (texts) => {
    if (texts.length === 0 || isOff) return texts.map(() => undefined);
    cancelIdle();
    active += 1;
    try {
      return await scanInTime(texts);
    } finally {
      active -= 1;
      if (active === 0) cancelIdle = options.after(options.idleMs, () => void stop());
    }
  };

  return {
    scan,
    redact: async (texts) => {
      const ranges = await scan(texts);
      return texts.map((text, index) => {
        const found = ranges[index];
        return found === undefined ? NOT_CHECKED : cutRanges(text, found);
      });
    },
    close: () => {
      isOff = true;
      cancelIdle();
      cancelRest();
      return stop();
    },
  };
}
