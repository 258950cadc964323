import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { formatLogLine } from '../../../../lib/cli/commands/worker-log.ts';

const at = new Date(2026, 10, 22, 9, 8, 7);

describe('logText', () => {
  it('shows time, level, code, message and fields on one line', () => {
    const line = JSON.stringify({
      time: at.toISOString(),
      level: 'warn',
      code: 'PIPE_LOST',
      message: 'The pipe\nis gone',
      pid: 12,
    });
    expect(formatLogLine(line, createPaint(false), at.getTime())).toBe(
      '09:08:07 warn  PIPE_LOST          The pipe is gone pid=12',
    );
  });

  it('shows a line that is no JSON as it is, without control characters', () => {
    expect(formatLogLine('half a li\u001b[31mne', createPaint(false), 0)).toBe('half a li [31mne');
  });
});
