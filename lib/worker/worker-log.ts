import { terminalText } from '../core/one-line.ts';
import { isoTime, type Clock } from '../core/clock.ts';
import { fileLog, LOG_LEVELS, type Log, type LogLevel, logLine } from '../core/log.ts';

export interface WorkerLogOptions {
  readonly file: string;
  /** Least level that is written; asked for each line, so a changed setting counts at once. */
  readonly least: () => LogLevel;
  readonly clock: Clock;
  /** Where a person reads along; absent in the background. */
  readonly terminal?: { write(text: string): unknown };
  /** JSON lines on the terminal, too. */
  readonly json: boolean;
}

/** The worker's log: JSON lines in the file; on the terminal readable lines, each with its code. */
export function workerLog({ file, least, clock, terminal, json }: WorkerLogOptions): Log {
  const toFile = fileLog(file, 'debug', clock);
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
