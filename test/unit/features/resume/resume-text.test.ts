import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatResumeText as textFor,
  TEXT_LIMIT,
} from '../../../../lib/features/resume/resume-text.ts';
import type { ResumeState } from '../../../../lib/features/resume/resume-state.ts';

const EMPTY: ResumeState = {
  session: 's1',
  project: '/p',
  worktree: '/p',
  ended: false,
  lastEventAt: 0,
  prompts: [],
  todos: { open: [], total: 0 },
  failures: [],
  files: [],
  commands: [],
  branch: null,
  lastCheckpoint: null,
};

const FULL: ResumeState = {
  ...EMPTY,
  prompts: ['go on', 'Teach the parser\nto read dates'],
  todos: {
    open: [
      { text: 'write tests', status: 'in_progress' },
      { text: 'update docs', status: 'pending' },
    ],
    total: 5,
  },
  failures: [
    {
      tool: 'Bash',
      target: 'npm test',
      error: 'Exit code 1',
      count: 2,
      at: 1,
      fix: 'npm run build && npm test',
    },
  ],
  files: ['/p/lib/a.ts', '/elsewhere/b.ts'],
  commands: [
    { command: 'npm test', outcome: 'failed', error: 'Exit code 1' },
    { command: 'ls', outcome: 'ok', error: null },
  ],
  branch: 'main',
  lastCheckpoint: {
    at: Date.UTC(2026, 10, 22, 8, 5),
    kind: 'stop',
    operations: 37,
    note: 'All is written',
  },
};

const resumeText = (where: ResumeState, git?: Parameters<typeof textFor>[1]) =>
  textFor(where, git, () => 'npx waymark');

describe('resumeText', () => {
  it('says what is known, the most needed first', () => {
    expect(resumeText(FULL, { branch: 'dates', changed: 3, files: ['M lib/a.ts', '?? x'] })).toBe(
      [
        'Task (last prompt): `go on`',
        'Prompt before: `Teach the parser to read dates`',
        'Todos, 2 of 5 open:',
        '- [in progress] `write tests`',
        '- `update docs`',
        'Failed and not yet working:',
        '- `npm test` (2 times): `Exit code 1` Known fix: `npm run build && npm test`',
        'Files edited since the last commit: `lib/a.ts`, `/elsewhere/b.ts`',
        'Last commands, latest first:',
        '- failed: `npm test` (`Exit code 1`)',
        '- ok: `ls`',
        'Branch `dates`, uncommitted: `M lib/a.ts`, `?? x` and 1 more',
        'Last checkpoint: 2026-11-22 08:05 UTC (stop), 37 operations',
        'Last answer began: `All is written`',
      ].join('\n'),
    );
  });

  it('counts what failed more than once', () => {
    const failures = FULL.failures.map((failure) => ({ ...failure, count: 1, fix: null }));
    expect(resumeText({ ...FULL, failures }, undefined)).toContain(
      '\n- `npm test`: `Exit code 1`\n',
    );
  });

  it('names the command for a fix that a quotation would alter, as it works where it is read', () => {
    const failures = FULL.failures.map((failure) => ({ ...failure, fix: 'sort < a > b' }));
    expect(resumeText({ ...FULL, failures })).toContain(' Known fix: see `npx waymark failures`\n');
  });

  it('says nothing where there is neither a task nor work, whatever branch it is on', () => {
    expect(
      resumeText(
        { ...EMPTY, branch: 'main', lastCheckpoint: FULL.lastCheckpoint },
        { branch: 'main', changed: 1, files: ['M x'] },
      ),
    ).toBeUndefined();
  });

  it('says the branch of the last checkpoint where git was not asked', () => {
    expect(resumeText({ ...FULL }, undefined)).toContain('\nBranch `main`\n');
    expect(resumeText(FULL, { branch: null, changed: 0, files: [] })).toContain(
      '\nDetached HEAD, nothing uncommitted\n',
    );
  });

  it('takes out secrets, line ends and control characters', () => {
    const text = resumeText(
      { ...EMPTY, prompts: [`use ghp_${'a1B2'.repeat(9)}\n\u001b[31mnow`] },
      { branch: `x\ny`, changed: 0, files: [] },
    );
    expect(text).toBe(
      'Task (last prompt): `use [redacted] [31mnow`\nBranch `x y`, nothing uncommitted',
    );
  });

  it('stays below its limit in whole lines, and shows no head without its list', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 700 });
    const where = fc.record({
      prompts: fc.array(word, { maxLength: 2 }),
      files: fc.array(word, { maxLength: 40 }),
      todos: fc.array(word, { maxLength: 30 }).map((texts) => ({
        open: texts.map((text) => ({ text, status: 'pending' })),
        total: texts.length,
      })),
      failures: fc.array(
        fc.record({
          tool: fc.constant('Bash'),
          target: word,
          error: word,
          count: fc.nat(),
          at: fc.nat(),
          fix: fc.option(word),
        }),
        {
          maxLength: 9,
        },
      ),
      commands: fc.array(
        fc.record({ command: word, outcome: fc.constant('ok'), error: fc.option(word) }),
        { maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(where, (own) => {
        const text = resumeText({ ...EMPTY, ...own }, undefined);
        if (text === undefined) return;
        expect(text.length).toBeLessThanOrEqual(TEXT_LIMIT);
        const lines = text.split('\n');
        for (const [index, line] of lines.entries())
          if (/^(?:Todos|Last commands).*:$/.test(line)) expect(lines[index + 1]).toMatch(/^- /);
      }),
      { numRuns: 200 },
    );
  });
});
