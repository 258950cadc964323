import { describe, expect, it } from 'vitest';
import { chooseByName } from '../../../lib/query/choose-by-name.ts';

function choose(names: readonly string[], wanted: string): string {
  return chooseByName(
    names.map((name) => ({ name })),
    wanted,
    'a handler',
  ).name;
}

describe('chooseByName', () => {
  it.each([
    ['user/notify', 'user/notify'],
    ['builtin/notify', 'builtin/notify'],
    ['notify', 'user/notify'],
    ['clean-up', 'builtin/clean-up'],
  ])('takes %s for %s', (wanted, name) => {
    expect(choose(['builtin/notify', 'builtin/clean-up', 'user/notify'], wanted)).toBe(name);
  });

  it('refuses an end that two items of the user have', () => {
    expect(() => choose(['user/team', 'webhook/team'], 'team')).toThrow(
      'Cannot choose a handler: team may be user/team or webhook/team',
    );
  });

  it('names the nearest one where there is none', () => {
    expect(() => choose(['user/notify'], 'notfy')).toThrow('did you mean notify?');
  });
});
