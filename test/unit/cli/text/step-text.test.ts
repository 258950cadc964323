import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { stepText } from '../../../../lib/cli/text/step-text.ts';
import { displayWidth } from '../../../../lib/cli/text/display-width.ts';

describe('stepText', () => {
  const payload = {
    event: 'PostToolUse',
    delayMs: 0,
    input: { tool_name: 'Write', tool_input: { file_path: `/p/${'x'.repeat(200)}` } },
  };
  const run = { status: 0, stdout: '', stderr: '', ms: 41.4 };

  it('keeps a line within the terminal and shows the cost', () => {
    const [line = ''] = stepText(
      { at: 0, payload, run, events: [], missing: 0, storedMs: 0 },
      { project: '/p', paint: createPaint(false), width: 100 },
    );
    expect(displayWidth(line)).toBeLessThanOrEqual(100);
    expect(line).toMatch(/counted: Write x+… +41 ms$/);
  });

  it('says what was lost and what failed', () => {
    const text = stepText(
      { at: 0, payload, run: { ...run, status: 1 }, events: [], missing: 2, storedMs: 9 },
      { project: '/p', paint: createPaint(false), width: 100 },
    ).join('\n');
    expect(text).toMatch(/2 events are not in the store/);
    expect(text).toMatch(/status 1/);
  });
});
