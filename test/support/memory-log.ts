import type { Log, LogFields, LogLevel } from '../../lib/core/log.ts';

export interface LoggedLine {
  readonly level: LogLevel;
  readonly code: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A log that keeps its lines for the test to look at. */
export function memoryLog(): {
  readonly log: Log;
  readonly lines: LoggedLine[];
  codes(): readonly string[];
} {
  const lines: LoggedLine[] = [];
  const log: Log = (level, code, message, fields) =>
    void lines.push({ level, code, message, fields });
  return { log, lines, codes: () => lines.map(({ code }) => code) };
}
