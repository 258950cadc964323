import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../../lib/cli/text/markdown.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';

function shown(markdown: string, width = 40): string {
  return renderMarkdown(markdown, { paint: createPaint(false), width }).join('\n');
}

describe('markdownText', () => {
  it('breaks paragraphs between words and joins their lines', () => {
    expect(shown('one two\nthree four', 10)).toBe('one two\nthree four');
    expect(shown('# Title\n\ntext\n\n## Part\n\nmore')).toBe('TITLE\n\ntext\n\nPart\n\nmore');
  });

  it('keeps the lines of code, indented', () => {
    expect(shown('say:\n\n```sh\na  b\n\n  c | d\n```\nend')).toBe(
      'say:\n\n    a  b\n\n      c | d\n\nend',
    );
    expect(shown('```sh\nnever closed')).toBe('    never closed');
  });

  it('puts comments above their commands where the terminal would break them', () => {
    const commands = 'run one  # what the first of them does\nrun two';
    expect(shown(`\`\`\`sh\n${commands}\n\`\`\``, 30)).toBe(
      '    # what the first of them\n    # does\n    run one\n    run two',
    );
    expect(shown(`\`\`\`sh\n${commands}\n\`\`\``, 60)).toContain('run one  # what the first');
    expect(shown(`\`\`\`text\n${commands}\n\`\`\``, 30)).toContain('run one  # what the first');
  });

  it('hangs the lines of an item', () => {
    expect(shown('- one two three\n  four\n- five\n  1. six seven', 12)).toBe(
      '• one two\n  three four\n• five\n  1. six\n     seven',
    );
    expect(shown('> quoted words', 9)).toBe('│ quoted\n│ words');
  });

  it('shows the words of a link, and the address of one that leads away', () => {
    expect(shown('see [the page](a.md#b) and [`code`](c.md)')).toBe('see the page and `code`');
    expect(shown('[home](https://x.example/)')).toBe('home <https://x.example/>');
    expect(shown('**`last`** is **the `x` one**')).toBe('`last` is the `x` one');
    expect(shown('**bold** and *more*, 2 * 3 * 4, `**code**`', 80)).toBe(
      'bold and more, 2 * 3 * 4, `**code**`',
    );
  });

  it('lays out tables within the width, cells broken between words', () => {
    expect(shown('| a | what |\n|---|---|\n| `x\\|y` | one two three |', 16)).toBe(
      'A      WHAT\n`x|y`  one two\n       three',
    );
    const wide = shown(`| a | b |\n|---|---|\n| ${'w'.repeat(60)} | ${'漢'.repeat(30)} |`, 30);
    expect(wide.split('\n').filter((line) => line.length > 30)).toEqual([]);
  });

  it('leaves out comments', () => {
    expect(shown('a <!-- b\nc --> d')).toBe('a  d');
  });
});
