import { describe, expect, it, vi } from 'vitest';
import { abbreviateHome, abbreviateHomeIn } from '../../../../lib/cli/text/tilde.ts';

describe('tilde', () => {
  it('stands for the home folder at the beginning of a path', () => {
    vi.stubEnv('HOME', '/home/ada');
    expect(abbreviateHome('/home/ada/x')).toBe('~/x');
    expect(abbreviateHome('/home/adam')).toBe('/home/adam');
  });

  it('stands for it in a sentence, too', () => {
    vi.stubEnv('HOME', '/home/ada');
    expect(abbreviateHomeIn('Cannot read /home/ada/.claude or /srv/home/ada/x')).toBe(
      'Cannot read ~/.claude or /srv/home/ada/x',
    );
    vi.stubEnv('HOME', '/home/ada b');
    expect(abbreviateHomeIn('Hooks in /home/ada b/.claude/x, not in "/home/ada b/y"')).toBe(
      'Hooks in ~/.claude/x, not in "/home/ada b/y"',
    );
    vi.stubEnv('HOME', '/');
    expect(abbreviateHomeIn('Cannot read /etc')).toBe('Cannot read /etc');
  });
});
