import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientProcess, hasClientEnded } from '../../../lib/hook/client-process.ts';
import { eventually } from '../../support/eventually.ts';

describe('clientProcess', () => {
  it('is the parent process, which is running', () => {
    expect(clientProcess().pid).toBe(process.ppid);
    expect(hasClientEnded(clientProcess())).toBe(false);
  });

  it.runIf(process.platform === 'linux')('knows when the parent was started', () => {
    const fields = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    expect(clientProcess().started).toBe(fields[19]);
  });
});

describe('hasClientEnded', () => {
  it('is true for a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    expect(hasClientEnded({ pid: child.pid ?? 0 })).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is true where another process has the pid now', () => {
    expect(hasClientEnded({ pid: process.pid, started: '1' })).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'is true for a dead process that its parent has not collected',
    async () => {
      const script = 'sleep 600 & echo $!; exec sleep 600';
      const parent = spawn('sh', ['-c', script], { detached: true });
      onTestFinished(() => void process.kill(-(parent.pid ?? 0), 'SIGKILL'));
      const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
      const pid = Number(line);
      expect(hasClientEnded({ pid })).toBe(false);
      const parentStat = `/proc/${parent.pid}/comm`;
      await eventually(
        'the shell is `sleep`',
        () => readFileSync(parentStat, 'utf8') === 'sleep\n',
      );
      process.kill(pid, 'SIGKILL');
      await eventually('the process is dead', () => hasClientEnded({ pid }));
      // it is in the table of processes still
      expect(process.kill(pid, 0)).toBe(true);
    },
  );

  it.each([0, 1, -1, 1.5, Number.NaN])(
    'takes what names no process of a client (%d) to live',
    (pid) => {
      expect(hasClientEnded({ pid })).toBe(false);
    },
  );
});
