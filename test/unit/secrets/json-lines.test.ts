import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineSplitter } from '../../../lib/secrets/json-lines.ts';

it('gives back each line once, however the stream was cut', () => {
  const lines = fc.array(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '\u2028')),
  );
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 7 }), (sent, size) => {
      const seen: string[] = [];
      const push = lineSplitter((line) => seen.push(line));
      const stream = sent.map((line) => `${line}\n`).join('');
      for (let at = 0; at < stream.length; at += size) push(stream.slice(at, at + size));
      expect(seen).toEqual(sent);
    }),
  );
});

it('holds a line back until its end has come', () => {
  const seen: string[] = [];
  const push = lineSplitter((line) => seen.push(line));
  push('{"id"');
  expect(seen).toEqual([]);
  push(':1}\n{');
  expect(seen).toEqual(['{"id":1}']);
});
