import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/command-table.ts';
import { preparedStore } from './prepared-store.ts';
import { runCommand } from './run-command.ts';

describe('the table of commands', () => {
  it('names every command and its summary in the help', async () => {
    const { status, out } = await runCommand(preparedStore(), ['--help']);
    expect(status).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^  ${name} +${summary.replace(/[*()]/g, '\\$&')}$`, 'm'));
  });

  it.each(COMMANDS)('loads $name, whose own help has the same summary', async (row) => {
    const { status, out } = await runCommand(preparedStore(), ['help', row.name]);
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: waymark ${row.name}\\b`));
    expect(out).toContain(row.summary);
    expect(out).toContain('Examples:');
  });

  it.each([['--help'], ['-h'], ['help'], ['--no-color', '--help']])(
    'shows one and the same help for %s',
    async (...args) => {
      const folder = preparedStore();
      expect((await runCommand(folder, args)).out).toBe((await runCommand(folder, ['-h'])).out);
    },
  );
});
