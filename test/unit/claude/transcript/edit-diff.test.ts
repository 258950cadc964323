import { describe, expect, it } from 'vitest';
import { diffFromInput, diffFromResult } from '../../../../lib/claude/transcript/edit-diff.ts';

const signs = (lines: ReturnType<typeof diffFromInput>): string =>
  lines.map(({ sign, text }) => `${sign}${text}`).join('|');

describe('inputDiff', () => {
  it('shows lines that both texts begin and end with once', () => {
    const input = { old_string: 'a\nb\nc', new_string: 'a\nB\nc' };
    expect(signs(diffFromInput('Edit', input))).toBe(' a|-b|+B| c');
  });

  it('shows a text that only grows, or only shrinks', () => {
    expect(signs(diffFromInput('Edit', { old_string: 'a', new_string: 'a\na' }))).toBe(' a|+a');
    expect(signs(diffFromInput('Edit', { old_string: 'a\na', new_string: 'a' }))).toBe(' a|-a');
    expect(signs(diffFromInput('Write', { content: 'x\ny\n' }))).toBe('+x|+y');
  });

  it('separates the edits of one call', () => {
    const edits = [
      { old_string: 'a', new_string: 'b' },
      { old_string: 'c', new_string: '' },
    ];
    expect(signs(diffFromInput('MultiEdit', { edits }))).toBe('-a|+b|gap|-c');
  });

  it('is empty for a tool that changes no file, and for an input of another shape', () => {
    expect(diffFromInput('Bash', { command: 'ls' })).toEqual([]);
    expect(diffFromInput('MultiEdit', { edits: 'x' })).toEqual([]);
  });

  it('cuts a long change and says so', () => {
    const lines = diffFromInput('Write', { content: 'x\n'.repeat(1_500) });
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)).toEqual({ sign: 'gap', text: '500 more lines' });
  });
});

describe('resultDiff', () => {
  it('reads the parts of a patch', () => {
    const structuredPatch = [{ lines: [' a', '-b', '+c'] }, { lines: ['+d', 5] }, null];
    expect(signs(diffFromResult({ structuredPatch }))).toBe(' a|-b|+c|gap|+d');
  });
});
