import { describe, expect, it } from 'vitest';
import { wrapText } from '../../../../lib/cli/text/display-width.ts';

describe('wrapText', () => {
  it('breaks between words, and keeps a word that is too long', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('a incomprehensible b', 7)).toEqual(['a', 'incomprehensible', 'b']);
    expect(wrapText('', 7)).toEqual(['']);
  });

  it('keeps a command in backticks whole where it fits into a line', () => {
    expect(wrapText('To turn it off: `waymark config set x false`.', 30)).toEqual([
      'To turn it off:',
      '`waymark config set x false`.',
    ]);
    expect(wrapText('Run `waymark docs` or `waymark doctor`', 20)).toEqual([
      'Run `waymark docs`',
      'or `waymark doctor`',
    ]);
  });

  it('breaks a command that is longer than a line, and text after a single backtick', () => {
    expect(wrapText('`one two three four`', 10)).toEqual(['`one two', 'three', 'four`']);
    expect(wrapText('a ` b c d e f', 7)).toEqual(['a ` b c', 'd e f']);
  });
});
