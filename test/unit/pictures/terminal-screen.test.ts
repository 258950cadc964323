import { describe, expect, it } from 'vitest';
import { screenLines } from '../../pictures/terminal-screen.ts';

const ESC = '\u001b';

describe('screenLines', () => {
  it.each([
    ['plain lines', 'a\r\nb', ['a', 'b']],
    ['colours', `${ESC}[1;31ma${ESC}[0m`, ['a']],
    ['a line that is written over', 'abc\rx', ['xbc']],
    ['a line that is longer than the terminal is wide', '123456', ['12345', '6']],
    ['a full line and its end', '12345\r\n6', ['12345', '6']],
    ['a question that is drawn again', `a\r\nb\r\nc${ESC}[2A${ESC}[999D${ESC}[Jx`, ['x']],
    ['one letter in another column', `ab${ESC}[4Gc${ESC}[2Dd`, ['abdc']],
    ['the rest of a line erased', `abc${ESC}[2D${ESC}[K`, ['a']],
    ['a hidden cursor', `${ESC}[?25la`, ['a']],
  ])('draws %s', (_, text, lines) => {
    expect(screenLines(text, 5)).toEqual(lines);
  });

  it('refuses a movement that it does not know, as the picture would be wrong', () => {
    expect(() => screenLines(`${ESC}[3S`, 5)).toThrow('movement S');
  });
});
