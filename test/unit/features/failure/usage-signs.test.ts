import { describe, expect, it } from 'vitest';
import {
  blamesContent,
  isUsageError,
  namesMissingWord,
  namesOneOf,
  suggestsAnotherWord,
  removeUsageLines,
} from '../../../../lib/features/failure/usage-signs.ts';

describe('isUsageError', () => {
  it.each([
    "date: invalid option -- 'v'\nTry 'date --help' for more information.",
    'ps: illegal option -- C',
    'mypy: error: unrecognized arguments: --strct',
    'aws: error: argument subcommand: Invalid choice, valid choices are:',
    "Error: No such command 'upgrad'.",
    'unknown shorthand flag: "j" in -jj',
    'flag provided but not defined: -timout',
    "error: unexpected argument '--no-captrue' found",
    "error: unrecognized subcommand 'chek'",
    'CACError: Unknown option `--runn`',
    'Command "migarte" is not defined.',
    "clang-format: Unknown command line argument '--inplace'.",
    'error: required flag(s) "replicas" not set',
    'rg: unrecognized file type: typescript',
    'error: the following arguments are required: revision',
  ])('is true of %j', (body) => {
    expect(isUsageError(body)).toBe(true);
  });

  it.each([
    '',
    "a.c:3:1: error: unknown type name 'totl'",
    'Connection refused',
    'cat: a: No such file or directory',
    '1 failed, 12 passed in 0.3s',
    "KeyError: 'totl'",
  ])('is false of %j', (body) => {
    expect(isUsageError(body)).toBe(false);
  });

  it('leaves what is not about the usage', () => {
    expect(removeUsageLines('FAIL a\nunknown option --x\nFAIL b')).toBe('FAIL a\nFAIL b');
  });
});

describe('the words of a call', () => {
  const words = ['git', 'swich', '--dept=2', '"main branch"', '42', 'k8s/web.yml'];

  it.each([
    ["'swich' is no command", true],
    ['unknown flag: --dept', false],
    ['bad value main branch here', true],
    ['swich-over', false],
    ['git failed', false],
    ['line 42', false],
  ])('are named by %j: %s', (line, expected) => {
    expect(namesOneOf(words, line)).toBe(expected);
  });

  it('are missed where the line says so', () => {
    expect(namesMissingWord(words, 'all fine with swich')).toBe(false);
    expect(namesMissingWord(words, 'could not find swich')).toBe(true);
    expect(namesMissingWord(words, 'could not find x\nin swich')).toBe(false);
  });

  it('are suggested another one near where they are named, not where the code is', () => {
    expect(suggestsAnotherWord(words, "no 'swich'\n\nThe most similar command is\n\tswitch")).toBe(
      true,
    );
    expect(suggestsAnotherWord(words, "Cannot find name 'totl'. Did you mean 'total'?")).toBe(
      false,
    );
    expect(suggestsAnotherWord(words, '  File "swich", line 3\nDid you mean: total')).toBe(false);
  });

  it('name a file whose content is refused', () => {
    expect(blamesContent(words, 'error when creating "k8s/web.yml": unknown field')).toBe(true);
    expect(blamesContent(words, 'error: the path "k8s/web.yml" does not exist')).toBe(false);
  });
});
