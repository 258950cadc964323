import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerFailure } from '../../../../lib/features/failure/answer.ts';
import { captureFailureWarning } from '../../../../lib/features/failure/capture-warning.ts';
import { captureFix } from '../../../../lib/features/failure/capture-fix.ts';
import type { KnownPattern } from '../../../../lib/features/failure/known-pattern.ts';
import type { HookCall } from '../../../../lib/hook/hook-call.ts';
import { type CallChanges, recordedCall } from '../../../support/hook-call.ts';
import {
  FAILING,
  failingPattern,
  failureViewPath,
  FIX,
  PATTERN_ID,
  shapeOf,
  writeFailureView,
} from '../../../support/known-failure.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const AUTO_FIX = { action: 'auto-fix', isSet: true } as const;

/** A place where one command is known to fail. */
function knowing(changes: Partial<KnownPattern> = {}, command = FAILING): string {
  const root = tempFolder();
  writeFailureView(`${root}/views`, shapeOf('Bash', command), [failingPattern(changes)]);
  return root;
}

function callIn(
  root: string,
  command: string,
  { fields = {}, ...changes }: CallChanges = {},
): HookCall {
  const tool_input = { command, description: 'Build', timeout: 1_000 };
  return recordedCall('PreToolUse.Bash', {
    root,
    ...changes,
    fields: { tool_input, transcript_path: `${root}/transcript.jsonl`, ...fields },
  });
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** A call and its result as a transcript tells them. */
function told(
  command: string,
  {
    at = Date.now(),
    isError = false,
    input = {},
  }: { at?: number; isError?: boolean; input?: object } = {},
): string {
  const use = { type: 'tool_use', id: `t${at}`, name: 'Bash', input: { command, ...input } };
  const result = {
    type: 'tool_result',
    tool_use_id: use.id,
    content: 'Exit code 1',
    is_error: isError,
  };
  const lines = [
    { type: 'assistant', timestamp: timeOf(at - 10), message: { content: [use] } },
    { type: 'user', timestamp: timeOf(at), message: { content: [result] } },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

describe('captureFailureWarning', () => {
  it('records what Claude is told before a call, once, and says it all the same', () => {
    const root = knowing();
    const call = callIn(root, FAILING);
    expect(captureFailureWarning(call)).toMatchObject([
      {
        type: 'session.failure_warned',
        payload: {
          ...{ pattern: PATTERN_ID, verdict: 'warn', tool: 'Bash', target: FAILING, fix: FIX },
          tool_use_id: call.input.fields['tool_use_id'],
        },
      },
    ]);
    expect(answerFailure(call)?.context).toContain(FIX);
    const again = callIn(root, FAILING);
    expect(captureFailureWarning(again)).toEqual([]);
    expect(answerFailure(again)).toBeUndefined();
    expect(captureFailureWarning(callIn(root, 'ls'))).toEqual([]);
  });

  it('records what the user has set, each time', () => {
    const root = knowing({ action: 'deny', isSet: true });
    for (let times = 0; times < 2; times += 1)
      expect(captureFailureWarning(callIn(root, FAILING))).toMatchObject([
        { payload: { verdict: 'deny' } },
      ]);
  });
});

describe('answerFailure', () => {
  it('warns before a command that is known to fail, and says what works', () => {
    const said = answerFailure(callIn(knowing(), FAILING));
    expect(Object.keys(said ?? {})).toEqual(['context']);
    expect(said?.context).toContain('Missing script');
    expect(said?.context).toContain(FIX);
  });

  it('says nothing about a command that is not known', () => {
    const root = knowing();
    expect(answerFailure(callIn(root, FIX))).toBe(undefined);
    expect(answerFailure(recordedCall('PreToolUse', { root }))).toBe(undefined);
  });

  it('warns once in a conversation, and each agent in its own', () => {
    const root = knowing();
    const speaks = (fields: object): boolean =>
      answerFailure(callIn(root, FAILING, { fields: { ...fields } })) !== undefined;
    expect([
      speaks({}),
      speaks({}),
      speaks({ agent_id: 'a1' }),
      speaks({ agent_id: 'a1' }),
      speaks({ session_id: 'another' }),
    ]).toEqual([true, false, true, false, true]);
  });

  it('finds a known command in the midst of others', () => {
    expect(answerFailure(callIn(knowing(), `cd web && ${FAILING}; git status`))?.context).toBe(
      undefined,
    ); // another folder: another command
    expect(
      answerFailure(callIn(knowing(), `git status && ${FAILING} | tail -5`))?.context,
    ).toContain(FIX);
  });

  it.each(['ask', 'deny'] as const)('%ss each time where the user has set it', (action) => {
    const root = knowing({ action, isSet: true });
    for (const _ of [1, 2]) {
      expect(answerFailure(callIn(root, FAILING))).toEqual({
        permission: { decision: action, reason: expect.stringContaining(FIX) },
      });
    }
  });

  it('lets the strictest of several speak', () => {
    const root = knowing();
    writeFailureView(`${root}/views`, shapeOf('Bash', 'make instal'), [
      failingPattern({
        id: 'pat_other',
        action: 'deny',
        isSet: true,
        failed: [{ exact: shapeOf('Bash', 'make instal').exact, at: 0 }],
      }),
    ]);
    expect(answerFailure(callIn(root, `${FAILING} && make instal`))?.permission?.decision).toBe(
      'deny',
    );
  });

  it.each<[string, (file: string) => void]>([
    ['is not JSON', (file) => writeFileSync(file, '{')],
    ['is empty', (file) => writeFileSync(file, '')],
    [
      'is of a newer version',
      (file) => writeFileSync(file, '{"format":2,"text":"x","tool":"Bash","patterns":[{"id":1}]}'),
    ],
    [
      'holds something else',
      (file) =>
        writeFileSync(
          file,
          '{"format":1,"text":"x","tool":"Bash","patterns":[1,null,{},{"id":"../x","tool":"Bash"}]}',
        ),
    ],
    [
      'is larger than any view',
      (file) =>
        writeFileSync(
          file,
          JSON.stringify({
            format: 1,
            text: 'x',
            tool: 'Bash',
            patterns: [],
            more: 'x'.repeat(300_000),
          }),
        ),
    ],
    ['is a folder', (file) => [rmSync(file), mkdirSync(file)]],
    ['is a pipe', (file) => [rmSync(file), execFileSync('mkfifo', [file])]],
  ])('says nothing when the view %s', (_, spoil) => {
    const root = knowing();
    spoil(failureViewPath(`${root}/views`, shapeOf('Bash', FAILING).key));
    expect(answerFailure(callIn(root, FAILING))).toBe(undefined);
  });
});

describe('answerFailure with a transcript', () => {
  const speaksAfter = (transcript: string): boolean => {
    const root = knowing();
    writeFileSync(`${root}/transcript.jsonl`, transcript);
    return answerFailure(callIn(root, FAILING)) !== undefined;
  };

  it.each<[string, string, boolean]>([
    ['the command has succeeded since', told(FAILING), false],
    ['it has succeeded with other spaces', told('  npm  run biuld '), false],
    ['it has succeeded among others', told(`git pull && ${FAILING}`), false],
    ['it has failed again', told(FAILING, { isError: true }), true],
    ['it had succeeded before it failed', told(FAILING, { at: Date.now() - 86_400_000 }), true],
    ['another command has succeeded', told(FIX), true],
    ['its failure was no matter', told(`${FAILING} || true`), true],
    [
      'it was started in the background',
      told(FAILING, { input: { run_in_background: true } }),
      true,
    ],
    ['it has no result yet', told(FAILING).split('\n')[0] ?? '', true],
    ['the last line is half written', told(FAILING).slice(0, -40), true],
    ['its success is far behind', `${told(FAILING)}${'{"type":"other"}\n'.repeat(5_000)}`, true],
    [
      'much was written before its success',
      `${'{"type":"other"}\n'.repeat(50_000)}${told(FAILING)}`,
      false,
    ],
    ['nothing in it is understood', '\0\n{}\n[]\nnull\n{"type":"assistant","message":7}\n', true],
  ])('speaks or not where %s', (_, transcript, speaks) => {
    expect(speaksAfter(transcript)).toBe(speaks);
  });

  it('speaks where the transcript is a pipe or a folder', () => {
    for (const make of [
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => mkdirSync(path),
    ]) {
      const root = knowing();
      make(`${root}/transcript.jsonl`);
      expect(answerFailure(callIn(root, FAILING))).toHaveProperty('context');
    }
  });
});

describe('auto-fix', () => {
  it('replaces the command and nothing else of the input, tells Claude, and records it', () => {
    const root = knowing(AUTO_FIX);
    for (const _ of [1, 2]) {
      const call = callIn(root, FAILING);
      const said = answerFailure(call);
      expect(said?.updatedInput).toEqual({ command: FIX, description: 'Build', timeout: 1_000 });
      expect(said?.context).toContain(`\`${FIX}\` ran in place of \`${FAILING}\``);
      expect(said?.permission).toBe(undefined);
      expect(captureFix(call)).toMatchObject([
        {
          type: 'learning.fix_applied',
          priority: 5,
          payload: {
            session_id: expect.anything(),
            pattern_id: PATTERN_ID,
            tool: 'Bash',
            command: FAILING,
            fix: FIX,
          },
        },
      ]);
    }
  });

  it('replaces the one command in the midst of others', () => {
    expect(
      answerFailure(callIn(knowing(AUTO_FIX), `git status && ${FAILING} 2>&1 | tail -5`))
        ?.updatedInput?.['command'],
    ).toBe(`git status && ${FIX} 2>&1 | tail -5`);
  });

  it.each<[string, Partial<KnownPattern>, string]>([
    [
      'a fix that is not whole',
      { fix: { text: FIX, isEdit: false, count: 1, isWhole: false } },
      FAILING,
    ],
    [
      'a fix that is an edit',
      { fix: { text: 'package.json', isEdit: true, count: 1, isWhole: true } },
      FAILING,
    ],
    ['no fix', { fix: null }, FAILING],
    ['a command that stands there twice', {}, `echo "${FAILING}" && ${FAILING}`],
    [
      'a command of which something was redacted',
      {},
      `export GITHUB_TOKEN=ghp_${'a1B2'.repeat(9)}; ${FAILING}`,
    ],
    ['a command of which the end was cut', {}, `${FAILING} && echo ${'x'.repeat(600)}`],
  ])('only warns with %s', (_, changes, command) => {
    const root = knowing({ ...AUTO_FIX, ...changes });
    const call = callIn(root, command);
    const said = answerFailure(call);
    expect(said?.updatedInput).toBe(undefined);
    expect(said?.permission).toBe(undefined);
    expect(captureFix(call)).toEqual([]);
  });

  it('records nothing where nothing is replaced', () => {
    expect(captureFix(callIn(knowing(), FAILING))).toEqual([]);
    expect(captureFix(callIn(knowing(AUTO_FIX), FIX))).toEqual([]);
  });
});
