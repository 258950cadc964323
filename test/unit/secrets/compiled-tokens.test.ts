import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compiledStarts, compiledTables } from '../../support/secret-tables.ts';

it('compiled-tokens.ts has the shapes of the table (`npm run secrets:compile` updates it)', () => {
  expect(readFileSync('lib/secrets/compiled-tokens.ts', 'utf8')).toBe(compiledTables());
  expect(readFileSync('lib/secrets/compiled-starts.ts', 'utf8').split('\n')).toEqual(
    expect.arrayContaining(compiledStarts().split('\n')),
  );
});
