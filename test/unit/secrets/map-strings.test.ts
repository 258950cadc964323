import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../../../lib/core/json.ts';
import { mapStrings } from '../../../lib/secrets/map-strings.ts';

describe('mapStrings', () => {
  it('gives back the same object when nothing changes', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(objects, (object) => {
        expect(mapStrings(object, (text) => text)).toBe(object);
      }),
    );
  });

  it('changes texts at every depth, and keys', () => {
    const object = { a: 'x', list: ['x', 1, { x: 'x' }], none: null };
    expect(mapStrings(object, (text) => (text === 'x' ? 'y' : text))).toEqual({
      a: 'y',
      list: ['y', 1, { y: 'y' }],
      none: null,
    });
    expect(object.a).toBe('x');
  });

  it('names the field of each value, through lists too', () => {
    const seen: string[] = [];
    mapStrings({ token: ['a', { inner: 'b' }] }, (text, name) => {
      seen.push(`${name}=${text}`);
      return text;
    });
    expect(seen).toEqual(['token=a', 'inner=b', '=inner', '=token']);
  });

  it('keeps both fields when their keys become one', () => {
    expect(mapStrings({ a: 1, b: 2 }, () => 'k')).toEqual({ k: 1, k_: 2 });
  });

  it('keeps a field called __proto__ as a field', () => {
    const parsed: unknown = JSON.parse('{"__proto__":{"x":"a"},"b":"a"}');
    if (!isJsonObject(parsed)) throw new Error('not an object');
    expect(JSON.stringify(mapStrings(parsed, (text) => (text === 'a' ? 'z' : text)))).toBe(
      '{"__proto__":{"x":"z"},"b":"z"}',
    );
  });

  it('replaces what is nested too deep', () => {
    const depth = 20_000;
    const parsed: unknown = JSON.parse(`{"a":${'['.repeat(depth)}"deep"${']'.repeat(depth)}}`);
    if (!isJsonObject(parsed)) throw new Error('not an object');
    const mapped = JSON.stringify(mapStrings(parsed, (text) => text));
    expect(mapped).toContain('[redacted: not checked]');
    expect(mapped).not.toContain('deep');
  });
});
