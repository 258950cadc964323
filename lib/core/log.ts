import { appendFileSync, mkdirSync } from 'node:fs';
import { isoTime, type Clock } from './clock.ts';
import { plainJson } from './one-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Least first. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Fields of a log line; values are short, never secrets, never tool output. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one line. `code` is a stable upper-case word listed in docs/log-codes.md. */
export type Log = (level: LogLevel, code: string, message: string, fields?: LogFields) => void;

/** One JSON line of the log file, fit for a terminal: people read it with `cat` and `tail`. */
export function logLine(
  time: number,
  level: LogLevel,
  code: string,
  message: string,
  fields: LogFields = {},
): string {
  const line = { time: isoTime(time), level, code, message, ...fields };
  return `${plainJson(JSON.stringify(line))}\n`;
}

/**
 * A log that appends JSON lines to `file`, one write each. A log that cannot be written is not a reason to fail: such lines are lost.
 */
export function fileLog(file: string, least: LogLevel, clock: Clock): Log {
  const from = LOG_LEVELS.indexOf(least);
  return (level, code, message, fields) => {
    if (LOG_LEVELS.indexOf(level) < from) return;
    const line = logLine(clock(), level, code, message, fields);
    try {
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      retryWithFolder(file, line);
    }
  };
}

function retryWithFolder(file: string, line: string): void {
  try {
    mkdirSync(file.slice(0, file.lastIndexOf('/')), { mode: 0o700 }); // only this one: a state folder that was removed stays removed
    appendFileSync(file, line, { mode: 0o600 });
  } catch {
    // nowhere to say it: the disk is full or read-only, and status shows that
  }
}
