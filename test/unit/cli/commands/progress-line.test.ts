import { describe, expect, it } from 'vitest';
import { createProgressLine } from '../../../../lib/cli/commands/replay.ts';

describe('progressLine', () => {
  it('says nothing where there is no terminal', () => {
    let out = '';
    const line = createProgressLine({ write: (text) => (out += text) }, () => 0);
    line.show(1, 2, 'x');
    line.end();
    expect(out).toBe('');
  });

  it('writes one line over itself, not too often, and takes it away', () => {
    let out = '';
    let now = 0;
    const line = createProgressLine({ isTTY: true, write: (text) => (out += text) }, () => now);
    line.show(1, 4, '1 replayed');
    line.show(2, 4, '2 replayed');
    now += 100;
    line.show(8, 4, '8 replayed');
    line.end();
    expect(out.split('\r\u001b[2K')).toEqual([
      '',
      `${'█'.repeat(6)}${'░'.repeat(18)}  25%  1 replayed`,
      `${'█'.repeat(24)} 100%  8 replayed`,
      '',
    ]);
  });
});
