import { describe, expect, it } from 'vitest';
import { diffSettings } from '../../../../lib/claude/settings/settings-diff.ts';

describe('settingsDiff', () => {
  it('is a unified diff with the path on both sides', () => {
    expect(diffSettings('/h/settings.json', '{\n  "a": 1\n}\n', '{\n  "a": 2\n}\n')).toBe(
      '--- /h/settings.json\n+++ /h/settings.json\n@@ -1,3 +1,3 @@\n {\n-  "a": 1\n+  "a": 2\n }\n',
    );
  });

  it('shows a file that comes, and one that goes', () => {
    expect(diffSettings('/h/s', undefined, '{}\n')).toMatch(/^--- \/dev\/null\n\+\+\+ \/h\/s\n/);
    expect(diffSettings('/h/s', '{}\n', undefined)).toMatch(/^--- \/h\/s\n\+\+\+ \/dev\/null\n/);
  });

  it('names a file as it is called, also beyond ASCII', () => {
    expect(diffSettings('/h ü/s', '--- a\n', '@@ b\n')).toBe(
      '--- /h ü/s\n+++ /h ü/s\n@@ -1,1 +1,1 @@\n---- a\n+@@ b\n',
    );
  });

  it('says nothing when nothing changes', () => {
    expect(diffSettings('/h/s', 'x', 'x')).toBe('');
    expect(diffSettings('/h/s', undefined, undefined)).toBe('');
  });
});
