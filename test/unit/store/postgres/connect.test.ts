import { describe, expect, it } from 'vitest';
import { plain } from '../../../../lib/store/postgres/connect.ts';

describe('plain', () => {
  it('gives a list of numbers as the JSON that SQLite gives', () => {
    expect(plain('{1,22,NULL}', 1016)).toBe('[1,22,null]');
    expect(plain('{}', 1016)).toBe('[]');
  });
});
