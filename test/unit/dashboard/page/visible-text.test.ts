import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../../lib/dashboard/page/visible-text.ts';
import { HIDDEN, HOSTILE } from '../../../support/hostile-home.ts';

describe('visibleText', () => {
  it('shows what would be hidden or would move something', () => {
    expect(visibleText('\u001b[31mred\u0007\u0000\u007f')).toBe('␛[31mred␇␀␡');
    expect(visibleText('a\u202eb\u200bc\u0085')).toBe('a⟨202E⟩b⟨200B⟩c⟨85⟩');
    expect(visibleText('x\u{e0041}y')).toBe('x⟨E0041⟩y');
    expect(visibleText(HOSTILE)).not.toMatch(HIDDEN);
  });

  it('keeps lines and tabs where they are wanted', () => {
    expect(visibleText('a\n\tb\r\n')).toBe('a  b  ');
    expect(visibleText('a\n\tb\r\n', true)).toBe('a\n\tb \n');
  });

  it('leaves letters of all scripts, and pictures, as they are', () => {
    const text = 'Größe 数量 עברית 👍🏽 ❤\ufe0f naïve';
    expect(visibleText(text)).toBe(text);
  });
});
