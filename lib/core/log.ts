import { mkdirSync } from 'node:fs';
import { isoTime, type Clock } from './clock.ts';
import { appendToFile } from './files.ts';
import { plainJson } from './one-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** From least to most severe. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Fields of a log line. Values are short; never secrets, never tool output. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one line. `code` is a stable upper-case word listed in docs/log-codes.md. */
export type Log = (level: LogLevel, code: string, message: string, fields?: LogFields) => void;

/**
 * Formats one JSON line for the log file. Safe for a terminal, because people read it with `cat`
 * and `tail`.
 */
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
 * Makes a log that appends JSON lines to `file`, one write per line. Lines that cannot be written
 * are dropped: a broken log is no reason to fail.
 */
export function fileLog(file: string, least: LogLevel, clock: Clock): Log {
  const from = LOG_LEVELS.indexOf(least);
  return (level, code, message, fields) => {
    if (LOG_LEVELS.indexOf(level) < from) return;
    const line = logLine(clock(), level, code, message, fields);
    try {
      appendToFile(file, line);
    } catch {
      retryWithFolder(file, line);
    }
  };
}

function retryWithFolder(file: string, line: string): void {
  try {
    // Creates this folder only: a state folder that was removed stays removed.
    mkdirSync(file.slice(0, file.lastIndexOf('/')), { mode: 0o700 });
    appendToFile(file, line);
  } catch {
    // Nowhere to report it: the disk is full or read-only, and status shows that.
  }
}
