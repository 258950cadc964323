import { describe, expect, it } from 'vitest';
import { resolveSettingsPath } from '../../../../lib/claude/settings/settings-path.ts';

describe('settingsPath', () => {
  it.each([
    ['user', { HOME: '/h' }, '/h/.claude/settings.json'],
    ['user', { HOME: '/h', CLAUDE_CONFIG_DIR: '/c' }, '/c/settings.json'],
    ['user', { HOME: '/h', CLAUDE_CONFIG_DIR: '' }, '/h/.claude/settings.json'],
    ['user', { USERPROFILE: '/u' }, '/u/.claude/settings.json'],
    ['project', { HOME: '/h', CLAUDE_CONFIG_DIR: '/c' }, '/w/.claude/settings.json'],
    ['local', { HOME: '/h' }, '/w/.claude/settings.local.json'],
  ] as const)(
    'is the file that Claude Code reads for scope %s with %j',
    (scope, environment, file) => {
      expect(resolveSettingsPath(scope, environment, '/w')).toBe(file);
    },
  );

  it('needs a home folder for scope user', () => {
    expect(() => resolveSettingsPath('user', {}, '/w')).toThrow(
      expect.objectContaining({ code: 'SETTINGS_UNWRITABLE' }),
    );
  });
});
