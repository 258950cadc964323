import { describe, expect, it } from 'vitest';
import { describeToolTarget } from '../../../../lib/claude/tool-target.ts';
import { type CorpusCase, readCorpus } from '../../../support/failure-corpus.ts';
import { EVERYDAY_COMMANDS } from '../../../support/everyday-commands.ts';
import { deriveLiterals } from '../../../../lib/features/failure/needle-literals.ts';
import { OPERATIONS } from '../../../../lib/features/operation/table.ts';
import { applyWrites } from '../../../../lib/store/sink.ts';
import type { KnownPattern } from '../../../../lib/features/failure/known-pattern.ts';
import { emptyStores } from '../../../support/test-store.ts';
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
      const target = describeToolTarget(
        tool,
        tool === 'Bash' ? { command } : { file_path: command },
      );
      known.call(outcome, target, {
        tool,
        error: error ?? '',
        session: `${index}-${session}`,
        project,
      });
    }
}

/** The same command as another hand would write it. */
const REWRITINGS: ReadonlyArray<readonly [name: string, write: (command: string) => string]> = [
  ['one space', (command) => command],
  ['two spaces', (command) => command.replaceAll(' ', '  ')],
  ['tabs', (command) => command.replaceAll(' ', '\t')],
  ['continued lines', (command) => command.replaceAll(' ', ' \\\n  ')],
  ['double quotes', (command) => quotedWords(command, '"')],
  ['single quotes', (command) => quotedWords(command, "'")],
  ['quoted values of options', (command) => command.replace(/(--[\w-]+=)([\w./-]+)/g, '$1"$2"')],
  ['an escaped letter', (command) => command.replace(/(?<=\s\w*)(\w)(?=\w)/, '\\$1')],
];

/** Each word but the program in quotes, where it is a plain one. */
function quotedWords(command: string, quote: string): string {
  return command.replace(/(?<=[^\s&|;]\s)([\w./:-]+)(?=\s|$)/g, `${quote}$1${quote}`);
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
    const [literals] = deriveLiterals({
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
  it('let every call through of which Claude is warned, however it is written', () => {
    const due = new Map<string, number>();
    const missed: string[] = [];
    const empty = emptyStores();
    for (const one of corpus.filter(isShellCase)) {
      const { command, project } = one.coming;
      const known = knowledge(empty());
      noteEveryday(known);
      learn(known, [one]);
      known.refresh();
      for (const [name, write] of REWRITINGS) {
        const form = write(command);
        if (known.verdict(form, project) === undefined) continue;
        due.set(name, (due.get(name) ?? 0) + 1);
        if (!isLetThrough(known.needles(), payload('Bash', form)))
          missed.push(`${one.name}: ${form} (${known.needles().join(', ')})`);
      }
    }
    expect(missed).toEqual([]);
    expect(due.get('one space')).toBeGreaterThan(80);
  });

  it('start a hook in front of 5 of 60 everyday commands with the failures of the corpus', () => {
    const known = knowledge();
    const wanted = corpus.filter((one) => one.warn && !isWrittenOut(one.coming.command));
    learn(known, wanted.slice(0, 75));
    const started = startedBy(known);
    expect(known.needles().length).toBeGreaterThan(30);
    expect(started.length, started.join('\n')).toBeLessThanOrEqual(5);
  });

  it('are at most 500 with 500 failures, miss none, and start a hook in front of 1 of 60', () => {
    const known = knowledge();
    const failing = failingCommands(500);
    for (const command of [...failing, ...failing])
      known.call('failed', command, { error: 'Exit code 1\nunknown command' });
    const started = startedBy(known);
    const needles = known.needles();
    const warned = failing.filter((command) => known.verdict(command) !== undefined);
    expect(warned).toHaveLength(500);
    expect(needles.length).toBeLessThanOrEqual(500);
    const missed = warned.filter((command) => !isLetThrough(needles, payload('Bash', command)));
    expect(missed).toEqual([]);
    expect(started.length, started.join('\n')).toBeLessThanOrEqual(1);
  });
});

function isShellCase({ coming }: CorpusCase): boolean {
  return (coming.tool ?? 'Bash') === 'Bash' && !isWrittenOut(coming.command);
}

/**
 * Calls that went well, written at once: there is nothing to learn from them but what is common.
 */
function noteEveryday({ database }: ReturnType<typeof knowledge>): void {
  const told = { hook_at: START, hook_session: 'everyday', hook_agent: null, hook_outcome: 'ok' };
  applyWrites(
    database,
    EVERYDAY_COMMANDS.map((command, index) => ({
      into: OPERATIONS,
      row: { tool_use_id: `everyday ${index}`, ...told, hook_tool: 'Bash', hook_target: command },
    })),
  );
}

/** The everyday commands that start a hook, once half of them have gone well. */
function startedBy(known: ReturnType<typeof knowledge>): readonly string[] {
  for (const command of EVERYDAY_COMMANDS.slice(0, 30))
    known.call('ok', command, { session: 'everyday' });
  known.refresh();
  return EVERYDAY_COMMANDS.filter((command) =>
    isLetThrough(known.needles(), payload('Bash', command)),
  );
}

/**
 * Commands that no program has: four of five with a word of their own, the fifth of words that
 * every day has.
 */
function failingCommands(count: number): readonly string[] {
  const programs = ['npm', 'git', 'docker', 'cargo', 'npx', 'kubectl', 'pnpm', 'go', 'yarn'];
  const words = [
    ...['build', 'status', 'lint', 'install', 'start', 'update', 'deploy', 'check', 'logs'],
    ...['format', 'publish', 'remove', 'version'],
  ];
  return Array.from({ length: count }, (_, index) => {
    const word = words[Math.floor(index / programs.length) % words.length] ?? '';
    const own = index % 5 === 0 ? 'create' : `q${lettersOf(index)}`;
    return `${programs[index % programs.length]} ${word} ${own}`;
  });
}

/** Digits are generalised. */
function lettersOf(index: number): string {
  return [index % 26, Math.floor(index / 26)]
    .map((digit) => String.fromCharCode(97 + digit))
    .join('x');
}
