import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { alignColumns, visibleWidth } from '../../../../lib/cli/text/table.ts';

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
    expect(
      alignColumns(
        [
          ['1', 'a'],
          ['200', 'b'],
        ],
        { right: [0] },
      ),
    ).toEqual(['  1  a', '200  b']);
  });

  it('does not count colours as width', () => {
    const [coloured = '', plain = ''] = alignColumns([
      [paint.red('ab'), 'x'],
      ['abcd', 'x'],
    ]);
    expect(visibleWidth(coloured)).toBe(visibleWidth(plain));
  });

  it('cuts a line to the width of the terminal and still ends its colours', () => {
    const [line = ''] = alignColumns([['abc', paint.red('defghij')]], { width: 8 });
    expect(visibleWidth(line)).toBe(8);
    expect(line).toContain('…');
    expect(line).toContain('\u001b[39m');
  });

  it('leaves a line alone that just fits', () => {
    expect(alignColumns([['abc', 'defghij']], { width: 12 })).toEqual(['abc  defghij']);
  });
});
