import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { workerFlags } from '../../lib/hook/autostart.ts';

const MEMORY = [
  '--no-memory-reducer',
  '--max-semi-space-size=2',
  '--expose-gc',
  '--compact-on-every-full-gc',
];

describe('the flags of a worker', () => {
  it('are known to this Node', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [...workerFlags(process.versions.node), '-e', '0'],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each([
    ['20.19.0', [...MEMORY, '--interrupt-budget=8000000']],
    ['22.23.3', MEMORY],
    ['24.21.0', MEMORY],
    ['26.0.0', []],
  ])('of Node %s are those that were tried with it', (version, flags) => {
    expect(workerFlags(version)).toEqual(flags);
  });
});
