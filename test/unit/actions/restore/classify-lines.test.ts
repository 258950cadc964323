import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyLines, removeBadLines } from '../../../../lib/actions/restore/classify-lines.ts';

const piecesOf = (text: string | Buffer, size: number): readonly Buffer[] => {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_none, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
};

const cleaned = (text: string | Buffer, size = 7): string => {
  const pieces = piecesOf(text, size);
  return Buffer.concat([...removeBadLines(pieces, classifyLines(pieces))]).toString();
};

describe('judging the lines of a transcript', () => {
  it.each([
    ['what is whole', '{"a":1}\n{"b":2}\n', 2, 0, '{"a":1}\n{"b":2}\n'],
    ['a last line that a crash cut', '{"a":1}\n{"b":', 1, 1, '{"a":1}\n'],
    ['a last line without its end', '{"a":1}\n{"b":2}', 2, 0, '{"a":1}\n{"b":2}\n'],
    ['zeros in the middle', `{"a":1}\n${'\0'.repeat(40)}\n{"b":2}\n`, 2, 1, '{"a":1}\n{"b":2}\n'],
    ['zeros at the end', `{"a":1}\n${'\0'.repeat(40)}`, 1, 1, '{"a":1}\n'],
    ['marks of a merge', '<<<<<<< x\n{"a":1}\n=======\n>>>>>>> y\n', 1, 3, '{"a":1}\n'],
    ['what is JSON and no object', '1\n[2]\nnull\n', 0, 3, ''],
    ['empty lines', '{"a":1}\n\n\n{"b":2}\n', 2, 0, '{"a":1}\n\n\n{"b":2}\n'],
    ['nothing', '', 0, 0, ''],
  ])('counts and keeps %s', (_what, text, valid, badLines, rest) => {
    for (const size of [1, 3, 1000]) {
      expect(classifyLines(piecesOf(text, size))).toMatchObject({ valid, badLines });
      expect(cleaned(text, size)).toBe(rest);
    }
  });

  it('judges a huge line by its ends, and keeps it out of memory', () => {
    const line = `{"a":"${'x'.repeat(9 << 20)}"}`;
    const text = `${line}\n${line.slice(0, -4)}\n{"b":2}\n`;
    expect(classifyLines(piecesOf(text, 1 << 20))).toMatchObject({ valid: 2, badLines: 1 });
    expect(cleaned(text, 1 << 20)).toBe(`${line}\n{"b":2}\n`);
  });

  it('leaves exactly the lines that can be read, whatever they are cut into', () => {
    const line = fc.oneof(
      fc.constant('{"a":1}'),
      fc.constant('{"text":"ä\\n€"}'),
      fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', '')),
    );
    fc.assert(
      fc.property(
        fc.array(line),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        (lines, ended, size) => {
          const text = lines.join('\n') + (ended ? '\n' : '');
          const isGood = (one: string): boolean => {
            try {
              const value: unknown = JSON.parse(one);
              return typeof value === 'object' && value !== null && !Array.isArray(value);
            } catch {
              return false;
            }
          };
          const kept = cleaned(text, size)
            .split('\n')
            .filter((one) => one !== '');
          expect(kept).toEqual(text.split('\n').filter(isGood));
        },
      ),
    );
  });
});
