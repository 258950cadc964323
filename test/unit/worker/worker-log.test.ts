import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../../../lib/core/log.ts';
import { workerLog } from '../../../lib/worker/worker-log.ts';
import { readLines } from '../../support/test-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOON = Date.parse('2026-11-22T12:00:00.250Z');

function setUp(json: boolean) {
  const file = `${tempFolder()}/worker.log`;
  let shown = '';
  let least: LogLevel = 'info';
  const terminal = {
    write: (text: string) => {
      shown += text;
    },
  };
  const log = workerLog({ file, least: () => least, clock: () => NOON, json, terminal });
  const setLeast = (level: LogLevel): void => {
    least = level;
  };
  return {
    log,
    setLeast,
    shown: () => shown,
    lines: () => readLines(file).map((line) => JSON.parse(line)),
  };
}

describe('workerLog', () => {
  it('writes JSON to the file and a readable line with its code to the terminal', () => {
    const { log, shown, lines } = setUp(false);
    log('warn', 'ENTRY_RETRIED', 'Cannot apply an event yet', { attempts: 2, entry: undefined });
    expect(lines()).toEqual([
      {
        time: '2026-11-22T12:00:00.250Z',
        level: 'warn',
        code: 'ENTRY_RETRIED',
        message: 'Cannot apply an event yet',
        attempts: 2,
      },
    ]);
    expect(shown()).toBe(
      '12:00:00 warn  ENTRY_RETRIED      Cannot apply an event yet attempts=2\n',
    );
  });

  it('writes the same JSON line to the terminal when asked to', () => {
    const { log, shown, lines } = setUp(true);
    log('info', 'WORKER_STARTED', 'Waiting');
    expect(JSON.parse(shown())).toEqual(lines()[0]);
  });

  it('leaves out what is below the lowest level, and follows its changes', () => {
    const { log, setLeast, shown, lines } = setUp(false);
    log('debug', 'A', 'a');
    setLeast('debug');
    log('debug', 'B', 'b');
    setLeast('error');
    log('warn', 'C', 'c');
    expect(lines().map(({ code }) => code)).toEqual(['B']);
    expect(shown()).toContain(' B ');
    expect(shown()).not.toContain(' C ');
  });
});
