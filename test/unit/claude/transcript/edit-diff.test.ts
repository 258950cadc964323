import { describe, expect, it } from 'vitest';
import { inputDiff, resultDiff } from '../../../../lib/claude/transcript/edit-diff.ts';

const signs = (lines: ReturnType<typeof inputDiff>): string =>
  lines.map(({ sign, text }) => `${sign}${text}`).join('|');

describe('inputDiff', () => {
  it('shows lines that both texts begin and end with once', () => {
    const input = { old_string: 'a\nb\nc', new_string: 'a\nB\nc' };
    expect(signs(inputDiff('Edit', input))).toBe(' a|-b|+B| c');
  });

  it('shows a text that only grows, or only shrinks', () => {
    expect(signs(inputDiff('Edit', { old_string: 'a', new_string: 'a\na' }))).toBe(' a|+a');
    expect(signs(inputDiff('Edit', { old_string: 'a\na', new_string: 'a' }))).toBe(' a|-a');
    expect(signs(inputDiff('Write', { content: 'x\ny\n' }))).toBe('+x|+y');
  });

  it('separates the edits of one call', () => {
    const edits = [
      { old_string: 'a', new_string: 'b' },
      { old_string: 'c', new_string: '' },
    ];
    expect(signs(inputDiff('MultiEdit', { edits }))).toBe('-a|+b|gap|-c');
  });

  it('is empty for a tool that changes no file, and for an input of another shape', () => {
    expect(inputDiff('Bash', { command: 'ls' })).toEqual([]);
    expect(inputDiff('MultiEdit', { edits: 'x' })).toEqual([]);
  });

  it('cuts a long change and says so', () => {
    const lines = inputDiff('Write', { content: 'x\n'.repeat(1_500) });
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)).toEqual({ sign: 'gap', text: '500 more lines' });
  });
});

describe('resultDiff', () => {
  it('reads the parts of a patch', () => {
    const structuredPatch = [{ lines: [' a', '-b', '+c'] }, { lines: ['+d', 5] }, null];
    expect(signs(resultDiff({ structuredPatch }))).toBe(' a|-b|+c|gap|+d');
  });
});
