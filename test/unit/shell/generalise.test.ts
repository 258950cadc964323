import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generaliseProse,
  generaliseWord,
  hasPlace,
  mask,
  unmask,
} from '../../../lib/shell/generalise.ts';

describe('generaliseWord', () => {
  it.each([
    ['src/a.ts', '<path>'],
    ['a.ts', '<path>'],
    ['~', '<path>'],
    ['..', '<path>'],
    ['.env', '<path>'],
    ['*.ts', '<path>'],
    ['C:\\x', '<path>'],
    ['https://a.example/b', '<path>'],
    ['@scope/name', '@scope/name'],
    ['42', '<n>'],
    ['-1.5', '<n>'],
    ['512MB', '<n>'],
    ['127.0.0.1:80', '<n>'],
    ['1a2b3c4', '<hash>'],
    ['deadbee', 'deadbee'],
    ['7f3c9a52-1111-4222-8333-944455556666', '<hash>'],
    ['2026-11-22T01:02:03.456Z', '<time>'],
    ['12:30:05', '<time>'],
    ['web-3', 'web-<n>'],
    ['node:18-alpine', 'node:<n>-alpine'],
    ['main', 'main'],
    ['größe', 'größe'],
  ])('%s is %s', (word, text) => {
    expect(unmask(generaliseWord(word))).toBe(text);
  });
});

describe('generaliseProse', () => {
  it.each([
    ['npm error Missing script: "biuld"', 'npm error Missing script: <text>'],
    ['cat: a.txt: Datei nicht gefunden (12)', 'cat: <path>: Datei nicht gefunden (<n>)'],
    ["it isn't the user's fault", "it isn't the user's fault"],
    ['at 2026-11-22 in /home/u/x.ts, twice', 'at <time> in <path>, twice'],
    ['  much   space\t', 'much space'],
    ['', ''],
  ])('%j is %j', (line, text) => {
    expect(generaliseProse(line)).toBe(text);
  });

  it('never throws, keeps what it made, and holds no private character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (line) => {
        expect(hasPlace(generaliseProse(line))).toBe(false);
      }),
    );
    expect(generaliseProse('<path>: <text> in <n>')).toBe('<path>: <text> in <n>');
  });
});

describe('mask', () => {
  it('is undone by unmask, and removes private-use characters that were there', () => {
    expect(unmask(mask('a <path> <other> <n>'))).toBe('a <path> <other> <n>');
    expect(mask('a\uE000b')).toBe('a b');
  });
});
