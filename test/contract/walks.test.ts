import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** A row of a walk: a file, and functions of it. */
const ROW = /^\| `((?:hooks|installer|lib)\/[^`]+)` \| (.+) \|$/gm;

const rows = [...readFileSync('docs/walks.md', 'utf8').matchAll(ROW)].map(
  ([, file = '', functions = '']) => ({
    file,
    functions: [...functions.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }),
);

describe('docs/walks.md', () => {
  it('names files that are there', () => {
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.map(({ file }) => file).filter((file) => !existsSync(file))).toEqual([]);
  });

  it('names functions that these files have', () => {
    const missing = rows.flatMap(({ file, functions }) => {
      const text = readFileSync(file, 'utf8');
      return functions
        .filter((name) => !new RegExp(`(?<![\\w#])${name}\\b[(<]|const ${name}\\b`).test(text))
        .map((name) => `${file} ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
