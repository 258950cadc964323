import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isJsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../../../lib/core/json.ts';

describe('parseJsonObject', () => {
  it('ignores a byte order mark at the start', () => {
    expect(parseJsonObject('\uFEFF{"a":1}')).toEqual({ a: 1 });
    expect(parseJsonObject('\uFEFF\uFEFF{"a":1}')).toBeUndefined();
    expect(parseJsonObject('{"a":"\uFEFF"}')).toEqual({ a: '\uFEFF' });
  });

  it('returns every object that was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object);
        expect(JSON.stringify(parseJsonObject(text))).toBe(text);
      }),
    );
  });

  it.each([
    '',
    ' ',
    '[]',
    '"x"',
    '1',
    'null',
    'true',
    '{',
    '{"a":1',
    '{a:1}',
    '{"a":1}{',
    'undefined',
  ])('gives nothing for %j', (text) => {
    expect(parseJsonObject(text)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseJsonObject(text);
        expect(parsed === undefined || isJsonObject(parsed)).toBe(true);
      }),
    );
  });
});

describe('the fields of an object', () => {
  const object = {
    text: 'a',
    empty: '',
    number: 0,
    text_number: '1',
    endless: Number.POSITIVE_INFINITY,
    object: { a: 1 },
    list: [1],
    none: null,
  };

  it.each<[keyof typeof object | 'missing', string | undefined, number | undefined, object]>([
    ['text', 'a', undefined, {}],
    ['empty', undefined, undefined, {}],
    ['number', undefined, 0, {}],
    ['text_number', '1', undefined, {}],
    ['endless', undefined, undefined, {}],
    ['object', undefined, undefined, { a: 1 }],
    ['list', undefined, undefined, {}],
    ['none', undefined, undefined, {}],
    ['missing', undefined, undefined, {}],
  ])('are read by their type: %s', (key, text, number, nested) => {
    expect([stringField(object, key), numberField(object, key), objectField(object, key)]).toEqual([
      text,
      number,
      nested,
    ]);
  });
});
