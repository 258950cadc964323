import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectField } from '../../../../lib/core/json.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { parseEnvelope } from '../../../../lib/events/envelope-schema.ts';
import { readLog } from '../../../../lib/features/watched-log/read-log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function watched(limits?: { readonly chunkBytes: number; readonly lineBytes: number }) {
  const path = `${tempFolder()}/failures.log`;
  const database = testStore();
  const events: EventEnvelope[] = [];
  const turn = (deliver: (event: EventEnvelope) => void = (event) => void events.push(event)) =>
    readLog(
      database,
      { path, kind: 'failures' },
      { now: NOW, deliver, ...(limits === undefined ? {} : { limits }) },
    );
  /** Reads until nothing is left. @returns the errors that were new. */
  const readAll = (): readonly unknown[] => {
    const from = events.length;
    while (turn().more);
    return events.slice(from).map(({ payload }) => objectField(payload, 'call')['error']);
  };
  return { path, events, turn, readAll };
}

describe('readLog', () => {
  it('makes an event of each line, once, and lets half a line wait', () => {
    const { path, events, readAll } = watched();
    expect(readAll()).toEqual([]);
    writeFileSync(path, 'one\ntwo\nthr');
    expect(readAll()).toEqual(['one', 'two']);
    expect(readAll()).toEqual([]);
    appendFileSync(path, 'ee\n\nfour\n');
    expect(readAll()).toEqual(['three', 'four']);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(4);
    expect(events.every((event) => parseEnvelope(event).ok)).toBe(true);
  });

  it('makes the same events again when it died before it remembered the place', () => {
    const { path, events, turn, readAll } = watched();
    writeFileSync(path, 'one\ntwo\n');
    const seen: string[] = [];
    const dying = (event: EventEnvelope): void => {
      seen.push(event.event_id);
      if (seen.length === 2) throw new Error('died');
    };
    expect(() => turn(dying)).toThrow('died');
    appendFileSync(path, 'three\n');
    expect(readAll()).toEqual(['one', 'two', 'three']);
    expect(events.map(({ event_id }) => event_id).slice(0, 2)).toEqual(seen);
  });

  it('reads a long log in small turns and gives every line an id of its own', () => {
    const { path, events, readAll } = watched({ chunkBytes: 64, lineBytes: 128 });
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index} \u00e9`);
    writeFileSync(path, `${lines.join('\n')}\n${'x'.repeat(500)}\nlast\n`);
    expect(readAll()).toEqual([...lines, 'last']);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(101);
  });

  it.each<readonly [string, (path: string) => void]>([
    ['renamed', (path) => renameSync(path, `${path}.1`)],
    [
      'copied and cut',
      (path) => {
        copyFileSync(path, `${path}.1`);
        truncateSync(path, 0);
      },
    ],
  ])('reads a log to its end that was %s, and then the new one', (_name, rotate) => {
    const { path, events, readAll } = watched();
    writeFileSync(path, 'one\n');
    expect(readAll()).toEqual(['one']);
    appendFileSync(path, 'two\nhalf');
    rotate(path);
    appendFileSync(path, 'three\n');
    expect(readAll()).toEqual(['two', 'half', 'three']);
    rotate(path);
    appendFileSync(path, 'four\n');
    expect(readAll()).toEqual(['four']);
    expect(readAll()).toEqual([]);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
  });

  it('begins anew with a log that was cut, rewritten or made again, under new ids', () => {
    const { path, events, readAll } = watched();
    writeFileSync(path, 'one\ntwo\n');
    readAll();
    truncateSync(path, 0);
    appendFileSync(path, 'one\n');
    expect(readAll()).toEqual(['one']);
    writeFileSync(path, 'something else, and longer\n');
    expect(readAll()).toEqual(['something else, and longer']);
    unlinkSync(path);
    expect(readAll()).toEqual([]);
    writeFileSync(path, 'again\n');
    expect(readAll()).toEqual(['again']);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(5);
  });

  it('takes a time from a line unless it is in the future', () => {
    const { path, events, readAll } = watched();
    writeFileSync(
      path,
      '{"time":"2026-11-01T00:00:00Z","error":"a"}\n{"time":"2099-01-01T00:00:00Z","error":"b"}\n',
    );
    readAll();
    expect(events.map(({ timestamp }) => timestamp)).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-11-22T12:00:00.000Z',
    ]);
  });

  it('leaves a folder of that name alone', () => {
    const { path, readAll } = watched();
    mkdirSync(path);
    expect(readAll()).toEqual([]);
  });
});
