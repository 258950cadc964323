import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, displayWidth } from '../../../../lib/cli/text/display-width.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { alignColumns, type Column } from '../../../../lib/cli/text/table.ts';

const paint = createPaint(true);

describe('alignColumns', () => {
  it('pads each column to its widest cell, two spaces apart, without spaces at the end', () => {
    const lines = alignColumns([
      ['a', 'long cell', ''],
      ['bbb', 'x', 'end'],
    ]);
    expect(lines).toEqual(['a    long cell', 'bbb  x          end']);
  });

  it('sets chosen columns flush right', () => {
    const rows = [
      ['1', 'a'],
      ['200', 'b'],
    ];
    expect(alignColumns(rows, { columns: [{ right: true }] })).toEqual(['  1  a', '200  b']);
  });

  it('lays out more rows than a function takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, () => ['a', 'b']);
    expect(alignColumns(rows)).toHaveLength(200_000);
  });

  it('does not count colours as width', () => {
    const [coloured = '', plain = ''] = alignColumns([
      [paint.red('ab'), 'x'],
      ['abcd', 'x'],
    ]);
    expect(displayWidth(coloured)).toBe(displayWidth(plain));
  });

  it('counts wide characters and emoji as two columns, marks as none', () => {
    const lines = alignColumns([
      ['請求書', 'x'],
      ['🙂e\u0301', 'x'],
      ['abcdef', 'x'],
    ]);
    expect(lines).toEqual(['請求書  x', '🙂e\u0301     x', 'abcdef  x']);
  });

  it('cuts a line to the width of the terminal and still ends its colours', () => {
    const [line = ''] = alignColumns([['abc', paint.red('defghij')]], { width: 8 });
    expect(displayWidth(line)).toBe(8);
    expect(line).toContain('…');
    expect(line).toContain('\u001b[39m');
  });

  it('leaves a line alone that just fits', () => {
    expect(alignColumns([['abc', 'defghij']], { width: 12 })).toEqual(['abc  defghij']);
  });

  it('leaves out a column whose cells are all empty', () => {
    const rows = [
      ['a', '', 'b'],
      ['c', '', 'd'],
    ];
    expect(alignColumns(rows)).toEqual(['a  b', 'c  d']);
  });

  describe('with lines that are too long', () => {
    const row = ['d562d47b', '12 calls', 'invoices', 'Now the tests again, please'];
    const columns = [{}, { gives: 1 }, { least: 4, gives: 2 }, { least: 12 }];
    const at = (width: number): string | undefined => alignColumns([row], { columns, width })[0];

    it('cuts the widest cells that may be cut', () => {
      expect(at(52)).toBe('d562d47b  12 calls  invoices  Now the tests again,…');
      expect(at(40)).toBe('d562d47b  12 calls  invoi…  Now the tes…');
    });

    it('leaves out the column that gives way first when cutting is not enough', () => {
      expect(at(36)).toBe('d562d47b  12 calls  Now the tests a…');
      expect(at(26)).toBe('d562d47b  Now the tests a…');
    });

    it('cuts the end of what is still too long', () => {
      expect(at(12)).toBe('d562d47b  N…');
    });
  });

  it('fits any content into any width', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('', '請求書を直す', '👩‍👩‍👧‍👦🏳️‍🌈', '𠮷野家', paint.red('Missing script')),
    );
    const column: fc.Arbitrary<Column> = fc.record(
      { right: fc.boolean(), least: fc.nat(20), gives: fc.integer({ min: 1, max: 5 }) },
      { requiredKeys: [] },
    );
    const rows = fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 5 });
    const columns = fc.array(column, { maxLength: 6 });
    fc.assert(
      fc.property(rows, columns, fc.integer({ min: 1, max: 90 }), (cells, layout, width) => {
        for (const line of alignColumns(cells, { columns: layout, width }))
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('cutText', () => {
  it.each([
    ['請求書を直す', 5, '請求…'],
    ['𠮷野家', 3, '𠮷…'],
    ['👩‍👩‍👧‍👦 family', 3, '👩‍👩‍👧‍👦…'],
    ['👩‍👩‍👧‍👦 family', 2, '…'],
    ['abc', 0, ''],
  ])('cuts %j to %i columns', (text, width, expected) => {
    expect(cutText(text, width)).toBe(expected);
  });
});
