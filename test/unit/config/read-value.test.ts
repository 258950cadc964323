import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readValue } from '../../../lib/config/read-value.ts';
import type { Setting } from '../../../lib/config/hook-settings.ts';
import { SETTINGS } from '../../../lib/config/settings.ts';

const flag: Setting = { kind: 'flag', fallback: true, doc: '' };
const list: Setting = { kind: 'list', fallback: [], doc: '' };
const choice: Setting = { kind: 'choice', fallback: 'a', choices: ['a', 'b'], doc: '' };
const count: Setting = { kind: 'count', fallback: 1, range: [1, 10], doc: '' };
const seconds: Setting = { kind: 'seconds', fallback: 1, range: [0.05, 600], doc: '' };
const bytes: Setting = { kind: 'bytes', fallback: 1, doc: '' };

describe('readValue', () => {
  it.each<[string, Setting, unknown, unknown]>([
    ['a flag', flag, true, true],
    ['a flag', flag, 'on', true],
    ['a flag', flag, '1', true],
    ['a flag', flag, 'false', false],
    ['a flag', flag, 'off', false],
    ['a list', list, 'a, b,,c ', ['a', 'b', 'c']],
    ['a list', list, '', []],
    ['a list', list, ['a', 5], ['a', '5']],
    ['a list in JSON', list, ' ["a, b", 5]', ['a, b', '5']],
    [
      'schedules',
      SETTINGS.schedules,
      ['a every 5m x.y', 'b 0,30 3 * * * x.y {"a":1}', 'learning off'],
      ['a every 5m x.y', 'b 0,30 3 * * * x.y {"a":1}', 'learning off'],
    ],
    ['a choice', choice, 'b', 'b'],
    ['a count', count, 10, 10],
    ['a count', count, ' 7 ', 7],
    ['a time', seconds, '0.05', 0.05],
    ['a size without a range', bytes, '0', 0],
  ])('takes %s', (_name, setting, raw, value) => {
    expect(readValue(setting, raw)).toEqual({ ok: true, value });
  });

  it.each<[string, Setting, unknown, string]>([
    ['a flag', flag, 'yes', 'expected true or false'],
    ['a flag', flag, 1, 'expected true or false'],
    ['a list', list, 5, 'expected a list of strings'],
    ['a list', list, ['a', null], 'expected a list of strings'],
    ['a list', list, { a: 1 }, 'expected a list of strings'],
    ['a list in JSON', list, '["a"', 'expected a list of strings, or one in JSON'],
    ['a list in JSON', list, '[null]', 'expected a list of strings'],
    [
      'schedules',
      SETTINGS.schedules,
      ['b every 5x x.y'],
      'entry 1: every must be a duration from 1s to 366d, such as 15m',
    ],
    ['a choice', choice, 'c', 'expected one of a, b'],
    ['a choice', choice, 1, 'expected one of a, b'],
    ['a count', count, 0, 'expected a number from 1 to 10'],
    ['a count', count, 11, 'expected a number from 1 to 10'],
    ['a count', count, 2.5, 'expected a whole number'],
    ['a count', count, '', 'expected a number from 1 to 10'],
    ['a count', count, 'ten', 'expected a number from 1 to 10'],
    ['a count', count, '5 s', 'expected a number from 1 to 10'],
    ['a count', count, null, 'expected a number from 1 to 10'],
    ['a time', seconds, Number.NaN, 'expected a number from 0.05 to 600'],
    ['a time', seconds, Number.POSITIVE_INFINITY, 'expected a number from 0.05 to 600'],
    ['a size', bytes, -1, 'expected a number from 0 to'],
    ['a size', bytes, '1.5', 'expected a whole number'],
  ])('refuses %s: %j %j', (_name, setting, raw, reason) => {
    expect(readValue(setting, raw)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it.each(Object.entries<Setting>(SETTINGS))(
    'takes the default of %s, as JSON and as text',
    (_name, setting) => {
      const text = Array.isArray(setting.fallback)
        ? setting.fallback.join(',')
        : String(setting.fallback);
      expect(readValue(setting, setting.fallback)).toEqual({ ok: true, value: setting.fallback });
      expect(readValue(setting, text)).toEqual({ ok: true, value: setting.fallback });
    },
  );

  it('rejects a list with an invalid entry, and shows a valid one', () => {
    expect(readValue(SETTINGS.contextThresholds, '70, 85.5')).toEqual({
      ok: true,
      value: ['70', '85.5'],
    });
    expect(readValue(SETTINGS.contextThresholds, [101])).toEqual({
      ok: false,
      reason: 'entry 1: expected entries such as 85',
    });
    expect(readValue(SETTINGS.modelWindows, 'claude-x=400k,other=1m')).toEqual({
      ok: true,
      value: ['claude-x=400k', 'other=1m'],
    });
    expect(readValue(SETTINGS.modelWindows, ['claude-x'])).toEqual({
      ok: false,
      reason: 'entry 1: expected entries such as claude-x=400000',
    });
  });

  it('keeps the valid entries of a list and names each invalid one', () => {
    expect(
      readValue(SETTINGS.schedules, [
        'a every 5m x.y',
        'b every 5x x.y',
        'nothing',
        'c every 1h x.y',
      ]),
    ).toEqual({
      ok: true,
      value: ['a every 5m x.y', 'c every 1h x.y'],
      problem: expect.stringMatching(
        /^entry 2: every must be .*; entry 3: expected entries such as /,
      ),
    });
    expect(readValue(SETTINGS.contextThresholds, [70, 101])).toMatchObject({ value: ['70'] });
  });

  it('accepts every number in the range and none outside, for any setting', () => {
    const numbers = Object.values<Setting>(SETTINGS).filter(({ range }) => range !== undefined);
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.double({ noNaN: true }), (setting, number) => {
        const [least, most] = setting.range ?? [0, 0];
        const isWhole =
          setting.kind !== 'count' && setting.kind !== 'bytes' ? true : Number.isInteger(number);
        expect(readValue(setting, number).ok).toBe(number >= least && number <= most && isWhole);
      }),
    );
  });

  it('never throws and never returns a value of another kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values<Setting>(SETTINGS)),
        fc.anything(),
        (setting, raw) => {
          const read = readValue(setting, raw);
          if (!read.ok) return;
          expect(Array.isArray(read.value) ? 'list' : typeof read.value).toBe(
            Array.isArray(setting.fallback) ? 'list' : typeof setting.fallback,
          );
        },
      ),
    );
  });
});
