import { chmodSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLog, LOG_LEVELS, logLine } from '../../../lib/core/log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const clock = () => Date.UTC(2026, 10, 22, 4, 48, 32, 123);

describe('logLine', () => {
  it('is one line of JSON for any message', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (message, value) => {
          const line = logLine(clock(), 'warn', 'SOME_CODE', message, { detail: value });
          expect(line.endsWith('\n')).toBe(true);
          expect(line.slice(0, -1)).not.toContain('\n');
          expect(JSON.parse(line)).toMatchObject({ code: 'SOME_CODE', message, detail: value });
          expect(line.slice(0, -1)).not.toMatch(
            /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/,
          );
        },
      ),
    );
  });

  it('has time, level, code and message first, and leaves out what is undefined', () => {
    expect(
      logLine(clock(), 'info', 'STARTED', 'hello', { pid: 1, none: undefined, zero: null }),
    ).toBe(
      '{"time":"2026-11-22T04:48:32.123Z","level":"info","code":"STARTED","message":"hello","pid":1,"zero":null}\n',
    );
  });
});

describe('fileLog', () => {
  it.each(LOG_LEVELS.map((least, index) => [least, LOG_LEVELS.slice(index)] as const))(
    'from %s on writes %j',
    (least, written) => {
      const file = join(tempFolder(), 'worker.log');
      const log = fileLog(file, least, clock);
      writeFileSync(file, '');
      for (const level of LOG_LEVELS) log(level, 'CODE', level);
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
    },
  );

  it('creates its folder if missing, closed to others', () => {
    const file = join(tempFolder(), 'log', 'worker.log');
    fileLog(file, 'info', clock)('info', 'CODE', 'one');
    fileLog(file, 'info', clock)('info', 'CODE', 'two');
    expect(readFileSync(file, 'utf8').match(/"message":"\w+"/g)).toEqual([
      '"message":"one"',
      '"message":"two"',
    ]);
    expect([lstatSync(file).mode & 0o777, lstatSync(join(file, '..')).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
  });

  it('drops a line that cannot be written, and does not fail', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'log'), '');
    chmodSync(join(folder, 'log'), 0o400);
    expect(() =>
      fileLog(join(folder, 'log', 'worker.log'), 'info', clock)('error', 'CODE', 'x'),
    ).not.toThrow();
  });
});
