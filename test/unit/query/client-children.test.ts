import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientChildAges, hasLongChildSince } from '../../../lib/query/client-children.ts';

describe.runIf(process.platform === 'linux')('clientChildAges', () => {
  it('has an age for each child that runs, and none for one that has ended', async () => {
    const parent = spawn('sh', ['-c', 'read line; sleep 600 & echo; wait; echo; read line'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true, // so that its child ends with it
    });
    const pid = parent.pid ?? 0;
    onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
    expect(clientChildAges({ pid })).toEqual([]);
    parent.stdin.write('\n');
    await once(parent.stdout, 'data');
    const [age, ...others] = clientChildAges({ pid });
    expect(others).toEqual([]);
    expect(age).toBeGreaterThanOrEqual(-10); // a tick
    expect(age).toBeLessThan(60_000);
  });

  it('has none for a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    expect(clientChildAges({ pid: child.pid ?? 0 })).toEqual([]);
    expect(clientChildAges({ pid: -1 })).toEqual([]);
  });
});

describe('hasLongChildSince', () => {
  it('is true for what began after the question and is no hook', () => {
    expect(hasLongChildSince([10_000], 0, 30_000)).toBe(true);
    expect(hasLongChildSince([30_000, 29_950], 0, 30_000)).toBe(false);
    expect(hasLongChildSince([300], 0, 30_000)).toBe(false);
    expect(hasLongChildSince([], 0, 30_000)).toBe(false);
  });
});
