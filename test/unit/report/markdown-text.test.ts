import { describe, expect, it } from 'vitest';
import { fenceCode, renderProseMarkdown } from '../../../lib/report/markdown-text.ts';

const SCRIPT = '<script>alert(1)</script>';

describe('proseMarkdown', () => {
  it('leaves what Markdown is for', () => {
    const text = '# Title\n\n- **one** and `two`\n- [three](https://a.example/x)\n\n> four';
    expect(renderProseMarkdown(text)).toBe(text);
  });

  it.each([
    ['behind a sign that is no mark of code', `\\\`${SCRIPT}\``],
    ['in a span that another number of marks ends', `\`${SCRIPT}\`\``],
    ['in a span that the line above has begun', `a \` b\n\`${SCRIPT}\``],
    ['behind a fence that is indented too far to be one', `text\n    \`\`\`\n${SCRIPT}`],
    ['behind a fence in a list', `- \`\`\`\n  x\n  \`\`\`\n${SCRIPT}`],
    ['behind a fence with marks of code in its first line', `\`\`\` a\`b\n${SCRIPT}`],
    ['behind an end that is indented too far', `\`\`\`\n    \`\`\`\n\`\`\`\n${SCRIPT}`],
    ['in a comment', '<!-- x'],
  ])('begins no element %s', (_where, text) => {
    // what is between fences at the beginning of a line is code for every reader
    const outside = renderProseMarkdown(text).replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '');
    expect(outside).not.toMatch(/<(?!\/?code>)/);
    expect(outside).not.toMatch(/^\s*[-*>\s]*(?:`{3,}|~{3,})/m);
  });

  it('writes each block of code behind a fence of its own, closed', () => {
    expect(renderProseMarkdown('a\n  ~~~js x\n```\n~~~\nb')).toBe('a\n\n````js\n```\n````\n\nb');
    expect(renderProseMarkdown('```\n<b>')).toBe('```\n<b>\n```');
    expect(renderProseMarkdown('```x`y z\na')).toBe('```x\na\n```');
  });

  it.each([
    '[a](javascript:alert(1))',
    '[a]( data:text/html,x)',
    '[a](<javascript:x>)',
    '[a](\njavascript:x)',
    '[a]: javascript:x',
    '[a]:\njavascript:x',
    '[a](vbscript:x)',
    '[a](file:///etc/passwd)',
  ])('makes no link of %j', (text) => {
    expect(renderProseMarkdown(text)).not.toMatch(/\][(:]/);
  });

  it.each(['https://a.example', 'mailto:a@a.example', '#part', './a.md', '/a'])(
    'leaves a link to %s',
    (target) => {
      expect(renderProseMarkdown(`[a](${target})`)).toBe(`[a](${target})`);
    },
  );

  it('loads no picture, whatever stands in front of it', () => {
    for (const text of [
      '![x](https://a.example/p.png)',
      '\\![x](https://a.example/p.png)',
      '![x][y]',
    ])
      expect(renderProseMarkdown(text)).not.toContain('![');
  });

  it('shows code with signs of HTML as code', () => {
    expect(renderProseMarkdown('`Map<string, X[]>` and `x`')).toBe(
      '<code>Map&lt;string, X\\[\\]\\></code> and `x`',
    );
  });
});

describe('fenced', () => {
  it('takes as many marks as no line of the text has', () => {
    expect(fenceCode('`````\n'.repeat(60_000))).toMatch(/^`{6}text\n/);
  });
});
