import { describe, expect, it } from 'vitest';
import { pacedFrames } from '../../pictures/record-terminal.ts';
import { plainText, styledLines } from '../../pictures/styled-lines.ts';
import { animatedSvg, stillSvg, textOfSvg } from '../../pictures/terminal-svg.ts';

const TEXT = '\u001b[1mone\u001b[22m  <two> & `three`\r\n\r\n    \u001b[31m✗\u001b[39m  four';
const LINES = styledLines(TEXT);
const PLAIN = ['one  <two> & `three`', '', '    ✗  four'];
const PICTURE = { title: 'a <title>', lines: LINES, columns: 40 };

describe('styledLines', () => {
  it('gives the letters of each line, and how they look', () => {
    expect(LINES.map(plainText)).toEqual(PLAIN);
    expect(LINES[0]?.[0]).toEqual({
      ...{ text: 'one', column: 0 },
      style: { bold: true, dim: false, colour: undefined },
    });
    expect(LINES[2]?.[1]).toMatchObject({ text: '✗', column: 4, style: { colour: 'red' } });
  });

  it.each([['\u001b[2J'], ['a\rb'], ['\u001b[45mx'], ['\u0007']])(
    'refuses %j, which no picture would show',
    (text) => {
      expect(() => styledLines(text)).toThrow(/Cannot draw/);
    },
  );
});

describe('stillSvg', () => {
  it('holds the text with its columns, with nothing of it read as a tag', () => {
    const svg = stillSvg(PICTURE);
    expect(textOfSvg(svg)).toEqual(PLAIN);
    expect(svg).toContain('&lt;two&gt; &amp; `three`');
    expect(svg).toContain('<title>a &lt;title&gt;</title>');
  });
});

describe('animatedSvg', () => {
  const frames = [
    { at: 1_000, lines: 1 },
    { at: 3_000, lines: 3 },
  ];

  it('uncovers line after line, moves up when its window is full, and rests at the end', () => {
    const svg = animatedSvg(PICTURE, { frames, rows: 2, restMs: 1_000, firstMs: 500 });
    expect(textOfSvg(svg)).toEqual(PLAIN);
    expect(svg).toContain('animation:4000ms step-end -500ms infinite');
    expect(svg).toContain(
      '@keyframes cover{0.00%{transform:translateY(0px)}25.00%{transform:translateY(19px)}75.00%{transform:translateY(57px)}}',
    );
    expect(svg).toContain(
      '@keyframes scroll{0.00%{transform:translateY(0px)}75.00%{transform:translateY(-19px)}}',
    );
  });

  it('shows its end where nothing moves', () => {
    const svg = animatedSvg(PICTURE, { frames, rows: 2, restMs: 1_000, firstMs: 0 });
    expect(svg).toContain('.scroll{transform:translateY(-19px)}.cover{transform:translateY(57px)}');
    expect(svg).toContain(
      '@media (prefers-reduced-motion:no-preference){.scroll,.cover{animation:',
    );
  });
});

describe('pacedFrames', () => {
  it('shortens long pauses, and gives time to read', () => {
    const frames = [
      { at: 10_000, lines: 1 },
      { at: 10_050, lines: 3 },
    ];
    const readMs = (): number => 400;
    expect(pacedFrames({ lines: LINES, frames }, { longestMs: 900, readMs })).toEqual([
      { at: 900, lines: 1 },
      { at: 1_350, lines: 2 },
      { at: 1_750, lines: 3 },
    ]);
  });
});
