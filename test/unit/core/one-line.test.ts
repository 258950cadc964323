import { describe, expect, it } from 'vitest';
import { oneLine } from '../../../lib/core/one-line.ts';

describe('oneLine', () => {
  it('turns line breaks and escape sequences into spaces', () => {
    expect(oneLine('a\r\n\tb\u001b[2Jc  d ')).toBe('a b [2Jc d');
  });
});
