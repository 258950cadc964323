import { describe, expect, it } from 'vitest';
import type { PlayedStep } from '../../../../lib/actions/demo/play.ts';
import { formatDemoStep } from '../../../../lib/cli/text/demo-step-text.ts';
import { displayWidth } from '../../../../lib/cli/text/display-width.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';

const RUN = { status: 0, stdout: '', stderr: '', ms: 41.4 };

function step(
  event: string,
  input: PlayedStep['payload']['input'],
  changes: Partial<PlayedStep> = {},
): PlayedStep {
  const payload = { event, delayMs: 0, input };
  return { payload, runs: [RUN], ms: 41.4, told: [], events: [], missing: 0, ...changes };
}

const textOf = (given: PlayedStep, width = 80): readonly string[] =>
  formatDemoStep(given, { project: '/p', paint: createPaint(false), width });

const TEST = { tool_name: 'Bash', tool_input: { command: 'npm run test:unit' } };

describe('demoStepText', () => {
  it('shows a call without its folder, and what its hooks took', () => {
    const write = { tool_name: 'Write', tool_input: { file_path: '/p/a.js' } };
    expect(textOf(step('PostToolUse', write))).toEqual([`    ✓ Write a.js${' '.repeat(59)}41 ms`]);
  });

  it('shows a failure as a person would quote it', () => {
    const error = 'Exit code 1\nnpm error Missing script: "test:unit"\nnpm error';
    const [call, quote] = textOf(step('PostToolUseFailure', { ...TEST, error }));
    expect(call).toContain('✗ Bash npm run test:unit');
    expect(quote).toBe('      Missing script: "test:unit"');
  });

  it('says nothing before a call of which Claude is told nothing', () => {
    expect(textOf(step('PreToolUse', TEST))).toEqual([]);
  });

  it.each([
    ['PreToolUse', TEST, 'before it runs'],
    ['UserPromptSubmit', { prompt: 'Go on' }, 'with this prompt'],
    ['SessionStart', { source: 'compact' }, 'as the session continues'],
    ['SessionStart', { source: 'startup' }, 'as the session begins'],
  ])('shows the very text that Claude is told at %s, %j', (event, input, when) => {
    const lines = textOf(step(event, input, { told: ['one: `a`\n- two'] }));
    expect(lines.slice(-3)).toEqual([
      `    Message to Claude, ${when}:`,
      '      │ one: `a`',
      '      │ - two',
    ]);
  });

  it.each([60, 80])('keeps each line within %i columns', (width) => {
    const long = 'word '.repeat(60);
    const lines = [
      ...textOf(step('UserPromptSubmit', { prompt: long }, { told: [long] }), width),
      ...textOf(step('PreToolUse', { tool_name: 'Bash', tool_input: { command: long } }), width),
      ...textOf(step('PostToolUseFailure', { ...TEST, error: `Exit code 1\n${long}` }), width),
    ];
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('says what was lost and what failed', () => {
    const failed = { ...RUN, status: 1 };
    const text = textOf(step('Stop', {}, { runs: [failed], missing: 2 })).join('\n');
    expect(text).toContain('2 events were not stored');
    expect(text).toContain('a hook ended with status 1');
  });

  it('prints nothing that moves the cursor', () => {
    const hostile = 'a\u001b[2Jb\rc\u202e';
    const lines = [
      ...textOf(step('UserPromptSubmit', { prompt: hostile }, { told: [hostile] })),
      ...textOf(step('PostToolUseFailure', { ...TEST, error: hostile })),
      ...textOf(step('TaskCreated', { task_subject: hostile })),
    ];
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});
