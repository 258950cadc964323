import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compiledTables } from '../../support/secret-tables.ts';

it('compiled-tokens.ts holds the shapes of the table (`npm run secrets:compile` renews it)', () => {
  expect(readFileSync('lib/secrets/compiled-tokens.ts', 'utf8')).toBe(compiledTables());
});
