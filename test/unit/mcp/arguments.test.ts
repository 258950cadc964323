import { describe, expect, it } from 'vitest';
import { Arguments, type Fields } from '../../../lib/mcp/arguments.ts';

const FIELDS: Fields = {
  command: { type: 'string', description: 'A command' },
  limit: { type: 'integer', minimum: 1, maximum: 100, description: 'How many' },
  everywhere: { type: 'boolean', description: 'All' },
};

describe('the arguments of a tool', () => {
  it('are read by type', () => {
    const given = new Arguments(FIELDS, { command: 'ls', limit: 5, everywhere: true });
    expect([given.text('command'), given.count('limit', 10), given.flag('everywhere')]).toEqual([
      'ls',
      5,
      true,
    ]);
  });

  it('have defaults where they are missing, null or blank', () => {
    for (const values of [{}, { command: null, limit: null, everywhere: null }, { command: ' ' }]) {
      const given = new Arguments(FIELDS, values);
      expect([given.text('command'), given.count('limit', 10), given.flag('everywhere')]).toEqual([
        undefined,
        10,
        false,
      ]);
    }
  });

  it.each([
    [{ comand: 'ls' }, 'expected command, limit, everywhere; did you mean command?'],
    [{ constructor: 1 }, 'expected command, limit, everywhere'],
    [{ command: 7 }, 'expected a string'],
    [{ command: 'x'.repeat(10_001) }, 'expected at most 10000 characters'],
    [{ limit: 0 }, 'expected a whole number from 1 to 100'],
    [{ limit: 101 }, 'expected a whole number from 1 to 100'],
    [{ limit: 1.5 }, 'expected a whole number from 1 to 100'],
    [{ limit: '5' }, 'expected a whole number from 1 to 100'],
    [{ everywhere: 'yes' }, 'expected a boolean'],
  ])('refuse %j', (given, reason) => {
    expect(() => new Arguments(FIELDS, given)).toThrow(reason);
  });
});
