import { describe, expect, it, vi } from 'vitest';
import { tilde, tildeIn } from '../../../../lib/cli/text/tilde.ts';

describe('tilde', () => {
  it('stands for the home folder at the beginning of a path', () => {
    vi.stubEnv('HOME', '/home/ada');
    expect(tilde('/home/ada/x')).toBe('~/x');
    expect(tilde('/home/adam')).toBe('/home/adam');
  });

  it('stands for it in a sentence, too', () => {
    vi.stubEnv('HOME', '/home/ada');
    expect(tildeIn('Cannot read /home/ada/.claude or /srv/home/ada/x')).toBe(
      'Cannot read ~/.claude or /srv/home/ada/x',
    );
    vi.stubEnv('HOME', '/');
    expect(tildeIn('Cannot read /etc')).toBe('Cannot read /etc');
  });
});
