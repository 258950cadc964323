import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFailedShape } from '../../../../lib/features/failure/blamed-command.ts';
import { findErrorLine } from '../../../../lib/features/failure/error-line.ts';
import {
  type ErrorPattern,
  deriveErrorPattern,
  computePatternId,
} from '../../../../lib/features/failure/error-pattern.ts';

const of = (command: string, error: string, tool = 'Bash'): ErrorPattern =>
  deriveErrorPattern(findFailedShape(tool, command, error), command, error);

describe('errorPattern', () => {
  it.each([
    ['npm run biuld', 'Exit code 1\nnpm error Missing script: "biuld"', 'invocation'],
    ['gti status', 'Exit code 127\n/bin/bash: line 1: gti: command not found', 'invocation'],
    ['xyz', 'Exit code 127', 'invocation'],
    [
      'git push',
      'Exit code 128\nfatal: The current branch x has no upstream branch.',
      'invocation',
    ],
    [
      'pytest --vebose',
      'Exit code 4\npytest: error: unrecognized arguments: --vebose',
      'invocation',
    ],
    ['./x.sh', 'Exit code 126\nbash: ./x.sh: Permission denied', 'environment'],
    ['git status', 'Exit code 128\nfatal: not a git repository', 'environment'],
    ['python3 a.py', "Exit code 1\nModuleNotFoundError: No module named 'x'", 'environment'],
    ['npm test', 'Exit code 254\nnpm error enoent Could not read package.json', 'environment'],
    [
      'npx vitest run',
      'Exit code 1\nFAIL a.test.ts\nError: ENOENT: no such file or directory',
      'result',
    ],
    ['npx tsc', "Exit code 2\na.ts(1,1): error TS2307: Cannot find module './b.ts'", 'result'],
    ['node a.js', "Exit code 1\nError: Cannot find module './b'", 'result'],
    ['git merge x', 'Exit code 1\nCONFLICT (content): Merge conflict in a', 'result'],
    [
      'curl http://localhost',
      'Exit code 7\ncurl: (7) Failed to connect: Connection refused',
      'transient',
    ],
    ['npm run e2e', 'Exit code 143\nCommand timed out after 2m', 'transient'],
    ['tar xf a', 'Exit code 2\ntar: write error: No space left on device', 'transient'],
    ['grep x a', 'Exit code 1', 'information'],
    ['grep -E "(" a', 'Exit code 2\ngrep: Unmatched ( or \\(', 'invocation'],
    ['ls | grep x', 'Exit code 1', 'information'],
    ['git diff --exit-code', 'Exit code 1\n-fatal\n+error', 'information'],
    ['git commit -m "x"', 'Exit code 1\nnothing to commit, working tree clean', 'information'],
    ['frobnicate', 'Exit code 3\nE17 widget misaligned', 'other'],
    ['./check.sh', 'Exit code 1', 'result'],
  ])('of %s with %j is about: %s', (command, error, kind) => {
    expect(of(command, error).kind).toBe(kind);
  });

  it('says the same of an edit that may not be made', () => {
    expect(of('/etc/hosts', "EACCES: permission denied, open '/etc/hosts'", 'Edit')).toEqual({
      text: 'EACCES: permission denied, open <text>',
      kind: 'environment',
    });
  });

  it('is one for errors that differ in colours, paths, numbers and the shell that tells', () => {
    const texts = [
      'Exit code 127\n/bin/bash: line 1: x: command not found',
      'Exit code 127\nbash: line 42: \u001b[31mx\u001b[0m: command not found',
      'Exit code 127\r\n/bin/bash: Zeile 3: x: command not found\n',
    ];
    expect(new Set(texts.map((error) => of('x', error).text))).toEqual(
      new Set(['x: command not found']),
    );
  });

  it('is one line of at most 160 units for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.string({ unit: 'binary', maxLength: 600 }),
        (command, error) => {
          const { text } = of(command, error);
          expect(text.length).toBeLessThanOrEqual(160);
          expect(text).not.toMatch(/[\n\r\u001b]/);
        },
      ),
    );
  });
});

describe('tellingLine', () => {
  it.each([
    [
      'npm error code ENOENT\nnpm error path /x\nnpm error enoent Could not read package.json',
      'npm error enoent Could not read package.json',
    ],
    ['Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1', 'KeyError: 1'],
    ['> shop@1.0.0 build\n> tsc\n\na.ts(1,1): error TS1', 'a.ts(1,1): error TS1'],
    ['all fine\nreally', 'all fine'],
    ['', undefined],
  ])('of %j is %j', (body, line) => {
    expect(findErrorLine(body)).toBe(line);
  });
});

describe('patternId', () => {
  it('names command and error', () => {
    expect(computePatternId('k', 'e')).toMatch(/^pat_[0-9a-f]{12}$/);
    expect(
      new Set([computePatternId('k', 'e'), computePatternId('k', 'f'), computePatternId('l', 'e')])
        .size,
    ).toBe(3);
  });
});
