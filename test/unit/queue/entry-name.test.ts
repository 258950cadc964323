import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EntryName,
  formatDelayedName,
  formatEntryName,
  parseDelayedName,
  parseEntryName,
} from '../../../lib/queue/entry-name.ts';

const LAST_TIME = 9_999_999_999_999;
const names = fc.record<EntryName>({
  priority: fc.integer({ min: 0, max: 9 }),
  time: fc.integer({ min: 0, max: LAST_TIME }),
  random: fc.stringMatching(/^[0-9a-f]{16}$/),
  attempts: fc.integer({ min: 0, max: 9_999 }),
});

describe('entry names', () => {
  it('survive formatting and parsing', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parseEntryName(formatEntryName(name))).toEqual(name);
      }),
    );
  });

  it('survive delayed/ with their due time', () => {
    const due = fc.integer({ min: 0, max: LAST_TIME });
    fc.assert(
      fc.property(names, due, (name, dueAt) => {
        expect(parseDelayedName(formatDelayedName(dueAt, name))).toEqual({ dueAt, name });
      }),
    );
  });

  it('sort by priority, then by time', () => {
    const order = (a: EntryName, b: EntryName): number =>
      a.priority - b.priority || a.time - b.time || (a.random < b.random ? -1 : 1);
    fc.assert(
      fc.property(fc.uniqueArray(names, { selector: ({ random }) => random }), (list) => {
        expect(list.map(formatEntryName).sort()).toEqual(
          [...list].sort(order).map(formatEntryName),
        );
      }),
    );
  });

  it('have the documented form', () => {
    expect(
      formatEntryName({
        priority: 3,
        time: 1_795_322_912_123,
        random: '00c0ffee00c0ffee',
        attempts: 2,
      }),
    ).toBe('3_1795322912123_00c0ffee00c0ffee.a2.json');
  });

  it.each([
    '',
    '5_backup.json',
    '3_1795322912123_00c0ffee00c0ffee.json',
    '3_1795322912123_00c0ffee00c0ffee.a.json',
    '3_1795322912123_00c0ffee00c0ffee.a12345.json',
    '3_1795322912123_00C0FFEE00C0FFEE.a0.json',
    '3_179532291212_00c0ffee00c0ffee.a0.json',
    '10_1795322912123_00c0ffee00c0ffee.a0.json',
    '3_1795322912123_00c0ffee00c0ffee.a0.json.kept',
    '../3_1795322912123_00c0ffee00c0ffee.a0.json',
    '3_1795322912123_00c0ffee00c0ffee.a0.json\n',
    '1795322912124_3_1795322912123_00c0ffee00c0ffee.a0.json',
  ])('leave %j to its maker', (file) => {
    expect(parseEntryName(file)).toBeUndefined();
  });

  it.each([
    '',
    '3_1795322912123_00c0ffee00c0ffee.a0.json',
    '1795322912124_x.json',
    'x_3_1795322912123_00c0ffee00c0ffee.a0.json',
  ])('leave %j in delayed/ to its maker', (file) => {
    expect(parseDelayedName(file)).toBeUndefined();
  });
});
