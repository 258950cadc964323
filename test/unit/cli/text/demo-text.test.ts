import { describe, expect, it } from 'vitest';
import type { DemoCost } from '../../../../lib/actions/demo/measure-cost.ts';
import {
  formatDemoCost,
  formatDemoIntro,
  formatDemoSessionHead,
} from '../../../../lib/cli/text/demo-text.ts';
import { displayWidth } from '../../../../lib/cli/text/display-width.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';

const COST: DemoCost = {
  ...{ rounds: 7, nodeMs: 40.2 },
  events: [
    { event: 'PreToolUse', call: 'quiet', medianMs: 2, timesNode: 0.05 },
    { event: 'PostToolUse', call: 'quiet', medianMs: 3.2, timesNode: 0.08 },
    { event: 'PreToolUse', call: 'known', medianMs: 72, timesNode: 1.8 },
    { event: 'UserPromptSubmit', call: null, medianMs: 60, timesNode: 1.5 },
  ],
};

const layout = (width: number) => ({ project: '/p', paint: createPaint(false), width });

describe('costText', () => {
  it('adds up what an ordinary call costs before and after it', () => {
    expect(formatDemoCost(COST, layout(80))).toEqual([
      '',
      'What hooks cost here, compared with 40 ms of `node -e 0` (medians of 7 runs)',
      '  an ordinary call, before and after  0.13 ×  5.2 ms',
      '  a warning before a call             1.80 ×   72 ms',
      '  a prompt                            1.50 ×   60 ms',
    ]);
  });
});

describe.each([60, 80])('the frame of the demo in %i columns', (width) => {
  it('has no longer line', () => {
    const lines = [
      formatDemoIntro,
      () => formatDemoSessionHead(2, layout(width)),
      () => formatDemoCost(COST, layout(width)),
    ].flatMap((make) => make(layout(width)));
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('says what is simulated and what is real', () => {
    const text = formatDemoIntro(layout(width)).join(' ');
    expect(text).toContain('without calling the model');
    expect(text).toMatch(/Hooks, gate, queue, worker and store\s+are real/);
  });
});
