import { describe, expect, it } from 'vitest';
import { toolTarget } from '../../../../lib/claude/tool-target.ts';
import { type CorpusCase, readCorpus } from '../../../support/failure-corpus.ts';
import { EVERYDAY_COMMANDS } from '../../../support/everyday-commands.ts';
import { literalsOfKey } from '../../../../lib/features/failure/needle-literals.ts';
import type { KnownPattern } from '../../../../lib/features/failure/known-pattern.ts';
import { knowledge, START } from './knowledge.ts';

const corpus = readCorpus();

/** A command that failed twice in a row and of which a warning is due. */
function pattern(exact: string): KnownPattern {
  return {
    id: 'pat_1',
    tool: 'Bash',
    error: 'no such key',
    kind: 'invocation',
    count: 2,
    sessions: 2,
    firstAt: START,
    lastAt: START,
    lastError: 'no such key',
    lastCommand: 'deploy',
    fix: null,
    action: 'warn',
    isSet: false,
    scope: 'project',
    projects: ['/p'],
    failed: [{ exact, at: START, inARow: 2 }],
    succeeded: [],
    successesSince: 0,
  };
}

/** What the client writes for a call, as far as it matters for a search. */
function payload(tool: string, command: string): string {
  const input = tool === 'Bash' ? { command, description: '' } : { file_path: command };
  return JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: tool, tool_input: input });
}

/** `{x*3}` in the corpus stands for a long text. */
function isWrittenOut(command: string): boolean {
  return /\{[^{}*]+\*\d+\}/.test(command);
}

function isLetThrough(needles: readonly string[], line: string): boolean {
  return needles.some((needle) => line.includes(needle));
}

function learn(known: ReturnType<typeof knowledge>, cases: readonly CorpusCase[]): void {
  for (const [index, { history }] of cases.entries())
    for (const { session, project, command, outcome, error, tool = 'Bash' } of history) {
      const target = toolTarget(tool, tool === 'Bash' ? { command } : { file_path: command });
      known.call(outcome, target, {
        tool,
        error: error ?? '',
        session: `${index}-${session}`,
        project,
      });
    }
}

describe('literalsOfKey', () => {
  it('takes no word of what redaction put in place of a secret', () => {
    const view = {
      format: 1,
      text: 'deploy --key <text>',
      tool: 'Bash',
      patterns: [pattern('b'.repeat(16))],
    } as const;
    const command = 'deploy --key [redacted: not checked] eu-7';
    const commands = new Map([['b'.repeat(16), command]]);
    const [literals] = literalsOfKey({
      view,
      key: 'a'.repeat(16),
      isGeneral: true,
      coarse: 'deploy',
      commands,
      now: START,
    });
    expect(literals).toContain('eu-7');
    expect(literals).not.toContain('not');
  });
});

describe('the needles after a history of the corpus', () => {
  it('let every call through of which Claude is warned', () => {
    const bash = corpus.filter(
      ({ coming }) => (coming.tool ?? 'Bash') === 'Bash' && !isWrittenOut(coming.command),
    );
    const warned = bash.flatMap((one) => {
      const { command, project } = one.coming;
      const known = knowledge();
      for (const everyday of EVERYDAY_COMMANDS) known.call('ok', everyday);
      learn(known, [one]);
      known.refresh();
      if (known.verdict(command, project) === undefined) return [];
      return [{ name: one.name, isSeen: isLetThrough(known.needles(), payload('Bash', command)) }];
    });
    expect(warned.length).toBeGreaterThan(80);
    expect(warned.filter(({ isSeen }) => !isSeen).map(({ name }) => name)).toEqual([]);
  });

  it('are few that start a hook in front of an everyday command', () => {
    const known = knowledge();
    const wanted = corpus.filter(({ warn, coming }) => warn && !isWrittenOut(coming.command));
    learn(known, wanted.slice(0, 75));
    for (const command of EVERYDAY_COMMANDS.slice(0, 30)) known.call('ok', command);
    known.refresh();
    const started = EVERYDAY_COMMANDS.filter((command) =>
      isLetThrough(known.needles(), payload('Bash', command)),
    );
    expect(known.needles().length).toBeGreaterThan(30);
    expect(started.length, started.join('\n')).toBeLessThanOrEqual(5);
  });
});
