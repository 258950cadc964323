import { describe, expect, it } from 'vitest';
import { toolTarget } from '../../../../lib/claude/tool-target.ts';
import { type CorpusCase, readCorpus } from '../../../support/failure-corpus.ts';
import { EVERYDAY_COMMANDS } from '../../../support/everyday-commands.ts';
import { knowledge } from './knowledge.ts';

const corpus = readCorpus();

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
