import { describe, expect, it } from 'vitest';
import { isNamed, listAcceptedNames } from '../../../lib/core/subscription-name.ts';

describe('isNamed', () => {
  it.each(['project/shop/lint', 'shop/lint', 'lint'])(
    'takes %s for project/shop/lint',
    (wanted) => {
      expect(isNamed('project/shop/lint', wanted)).toBe(true);
    },
  );

  it.each(['int', '', 'project', 'shop', 'project/shop', 'user/lint'])(
    'takes no %j for it',
    (wanted) => {
      expect(isNamed('project/shop/lint', wanted)).toBe(false);
    },
  );
});

describe('listAcceptedNames', () => {
  it('has each whole name and its last part', () => {
    expect(listAcceptedNames(['user/notify', 'project/shop/lint'])).toEqual([
      'user/notify',
      'notify',
      'project/shop/lint',
      'lint',
    ]);
  });
});
