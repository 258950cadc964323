import { describe, expect, it } from 'vitest';
import { alignLabels, hangText } from '../../../../lib/cli/text/labels.ts';

describe('labels', () => {
  it('puts values in one column and breaks them between words below themselves', () => {
    const rows = [
      ['error', 'cannot open the file of yesterday'],
      ['fix', 'none'],
    ];
    expect(alignLabels(rows, { indent: '  ', width: 32 })).toEqual([
      '  error  cannot open the file of',
      '         yesterday',
      '  fix    none',
    ]);
    expect(alignLabels(rows)[0]).toBe('error  cannot open the file of yesterday');
    expect(alignLabels([])).toEqual([]);
  });
});

describe('a line that goes on', () => {
  it('begins below the text, not below the mark', () => {
    expect(hangText('- one two three four five six', 24)).toEqual([
      '- one two three four',
      '  five six',
    ]);
    expect(hangText('✓ one two three four five six', 24)[1]).toBe('  five six');
    expect(hangText('thence `npm run a-command` two', 24)).toEqual([
      'thence',
      '`npm run a-command` two',
    ]);
    expect(hangText('- as it is', undefined)).toEqual(['- as it is']);
  });
});
