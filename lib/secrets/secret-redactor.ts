import type { Log } from '../core/log.ts';
import type { After } from './after.ts';
import { failureLimit } from './failure-limit.ts';
import { startSecretChild, type SecretChild } from './secret-child.ts';
import { cutRanges, NOT_CHECKED, type SecretRange } from './secret-range.ts';

/** For each text its secrets, or `undefined` when it could not be checked. */
type Scan = ReadonlyArray<readonly SecretRange[] | undefined>;

/** Looks for secrets with the library's rules, in a process of its own. */
export interface SecretRedactor {
  /** Where the secrets of each text are. Never rejects. */
  scan(texts: readonly string[]): Promise<Scan>;
  /** The texts without their secrets; {@link NOT_CHECKED} in place of each that could not be checked. Never rejects. */
  redact(texts: readonly string[]): Promise<readonly string[]>;
  /** Stops the scanner and resolves when its process has exited. Nothing is checked after that. */
  close(): Promise<void>;
}

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

/** Opens the redactor; the scanner starts with the first text, one at a time, and again after it crashed. */
export function openSecretRedactor(options: SecretRedactorOptions): SecretRedactor {
  const { after, deadlineMs, log } = options;
  const limit = failureLimit(FAILURES_BEFORE_REST, options.restMs, after);
  let child: SecretChild | undefined;
  let isClosed = false;
  let active = 0;
  let cancelIdle: () => void = () => undefined;

  const stop = async (): Promise<void> => {
    const ended = child;
    child = undefined;
    await ended?.end();
  };
  const attempt = async (texts: readonly string[]): Promise<Scan | 'crashed'> => {
    child ??= startSecretChild(options.command, options.environment);
    const used = child;
    try {
      return await used.scan(texts);
    } catch {
      if (child === used) child = undefined;
      return 'crashed';
    }
  };
  const scanInTime = async (texts: readonly string[]): Promise<Scan> => {
    const deadline = startDeadline(after, deadlineMs);
    let found = await Promise.race([deadline.late, attempt(texts)]);
    if (found === 'crashed' && !isClosed)
      found = await Promise.race([deadline.late, attempt(texts)]);
    deadline.cancel();
    if (found !== 'late' && found !== 'crashed') {
      limit.succeeded();
      return found;
    }
    limit.failed();
    const reason = found === 'late' ? `no answer in ${deadlineMs} ms` : 'the scanner ended';
    log('warn', 'SECRET_SCAN_FAILED', `Cannot scan for secrets: ${reason}`, {
      texts: texts.length,
    });
    await stop();
    return unchecked(texts);
  };
  const scan = async (texts: readonly string[]): Promise<Scan> => {
    if (texts.length === 0 || isClosed || limit.isResting()) return unchecked(texts);
    cancelIdle();
    active += 1;
    const found = await scanInTime(texts);
    active -= 1;
    if (active === 0 && !isClosed) cancelIdle = after(options.idleMs, () => void stop());
    return found;
  };
  return {
    scan,
    redact: async (texts) => replaceFound(texts, await scan(texts)),
    close: () => {
      isClosed = true;
      cancelIdle();
      limit.close();
      return stop();
    },
  };
}

function unchecked(texts: readonly string[]): Scan {
  return texts.map(() => undefined);
}

function replaceFound(texts: readonly string[], scan: Scan): readonly string[] {
  return texts.map((text, index) => {
    const ranges = scan[index];
    return ranges === undefined ? NOT_CHECKED : cutRanges(text, ranges);
  });
}

function startDeadline(
  after: After,
  ms: number,
): { readonly late: Promise<'late'>; cancel(): void } {
  let cancel: () => void = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    cancel = after(ms, () => resolve('late'));
  });
  return { late, cancel };
}
