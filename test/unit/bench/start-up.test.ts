import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/command-table.ts';
import { NOT_TIMED, TIMED } from '../../bench/benchmarks/start-up.ts';

describe('the benchmark of start-ups', () => {
  it('times each command of the table, or says why it does not', () => {
    const timed = TIMED.map(([line]) => line.split(' ')[0] ?? '');
    const names = COMMANDS.map(({ name }) => name);
    const missing = names.filter((name) => !timed.includes(name) && !(name in NOT_TIMED));
    expect(missing).toEqual([]);
    const known = ['--version', '--help', 'help', ...names];
    expect(timed.filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(NOT_TIMED).filter((name) => timed.includes(name))).toEqual([]);
  });
});
