import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventTypesPage } from '../../../support/event-types-page.ts';
import { eventTypesSchema } from '../../../support/event-types-schema.ts';

describe('docs', () => {
  it.each([
    ['docs/event-types.md', eventTypesPage],
    ['docs/event-types.schema.json', eventTypesSchema],
  ])('%s is what the types say (npm run docs:types writes it)', (file, make) => {
    expect(readFileSync(file, 'utf8')).toBe(make());
  });
});
