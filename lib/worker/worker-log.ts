import { terminalText } from '../core/one-line.ts';
import { isoTime, type Clock } from '../core/clock.ts';
import { fileLog, LOG_LEVELS, type Log, type LogLevel, logLine } from '../core/log.ts';

export interface WorkerLogOptions {
  /** Left out: the log goes to the terminal only. */
  readonly file?: string;
  /**
   * Returns the lowest level to write. Called for each line, so that a changed setting applies at
   * once.
   */
  readonly least: () => LogLevel;
  readonly clock: Clock;
  /** Where a person reads along. Missing in the background. */
  readonly terminal?: { write(text: string): unknown };
  /** Also writes JSON lines to the terminal. */
  readonly json: boolean;
}

/**
 * Makes the worker's log: JSON lines in the file, readable lines with their codes on the terminal.
 */
export function workerLog({ file, least, clock, terminal, json }: WorkerLogOptions): Log {
  const toFile: Log = file === undefined ? () => undefined : fileLog(file, 'debug', clock);
  return (level, code, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least())) return;
    toFile(level, code, message, fields);
    if (terminal === undefined) return;
    const now = clock();
    terminal.write(
      json
        ? logLine(now, level, code, message, fields)
        : `${terminalText(readable(now, level, code, message, fields), false)}\n`,
    );
  };
}

function readable(
  now: number,
  level: LogLevel,
  code: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${String(value)}`)
    .join('');
  return `${isoTime(now).slice(11, 19)} ${level.padEnd(5)} ${code.padEnd(18)} ${`${message}${details}`.replace(/[\r\n]+/g, ' ')}`;
}
