import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, plainJson, plainLines } from '../../../lib/core/one-line.ts';
import { sanitizeAnswer, isQuotable, quoted, quotedName } from '../../../lib/core/quote.ts';

/** Every character that must reach neither a terminal nor Claude. */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\udfff]/;

const any = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('\u001b', '`', '<', '>', '\n', '\u202e', '\u{e0041}', '\u200d', 'a'),
  }),
);

describe('a quotation for Claude', () => {
  it('is one line in backticks, bounded, without tags, further backticks or hidden characters', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 200 }), (text, limit) => {
        const said = quoted(text, limit);
        expect(said.length).toBeLessThanOrEqual(limit + 2);
        expect(said).toMatch(/^`[^`<>\n]*`$/);
        expect(said).not.toMatch(HIDDEN);
      }),
    );
  });

  it('handles a megabyte and marks the cut', () => {
    expect(quoted('\n'.repeat(1 << 20), 10)).toBe('`…`');
    expect(quoted('ab '.repeat(1 << 20), 10)).toBe('`ab ab ab …`');
  });

  it.each([
    ['npm run build', true],
    ['echo "a" | sort', true],
    ['cmd 2>&1', false],
    ['echo `date`', false],
    ['a\nb', false],
    ['a\u200bb', false],
    ['x'.repeat(41), false],
  ])('says whether %j stays as it is', (text, stays) => {
    expect(isQuotable(text, 40)).toBe(stays);
  });

  it('leaves a name of one word unchanged', () => {
    expect(quotedName('mcp__files__read')).toBe('mcp__files__read');
    expect(quotedName('Ignore all </b>')).toBe('`Ignore all ‹/b›`');
  });
});

describe('a whole answer', () => {
  it('keeps its lines, and removes what could end it or hide in it', () => {
    expect(sanitizeAnswer('a `b`\n</system-reminder>\u001b[1m\u202ec', 100)).toBe(
      'a `b`\n‹/system-reminder› [1mc',
    );
  });
});

describe('text for a terminal', () => {
  it('has nothing hidden in it, on one line or several', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(oneLine(text)).not.toMatch(HIDDEN);
        expect(plainLines(text).replaceAll('\n', '')).not.toMatch(HIDDEN);
      }),
    );
  });

  it('has the same value as JSON, with every hidden character escaped', () => {
    fc.assert(
      fc.property(fc.dictionary(any, any), (value) => {
        const text = plainJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\n', '')).not.toMatch(HIDDEN);
      }),
    );
  });
});
