import { describe, expect, it } from 'vitest';
import { preparedStore } from './prepared-store.ts';
import { runCommand } from './run-command.ts';

describe('waymark', () => {
  it('cuts nothing on a terminal that says it has no columns', async () => {
    const [piped, shown] = [
      await runCommand(preparedStore(), ['events']),
      await runCommand(preparedStore(), ['events'], { columns: 0 }),
    ];
    expect(shown.out).toBe(piped.out);
    expect(shown.out).toContain('session.started');
  });
});
