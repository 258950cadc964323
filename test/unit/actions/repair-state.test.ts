import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repairState } from '../../../lib/actions/repair-state.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const startWorker = async () => ({ id: 'w1' });

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a repair', () => {
  it('changes nothing in a closed folder that has things of others, such as a home folder', async () => {
    const root = join(tempFolder(), 'me');
    mkdirSync(root, { mode: 0o700 });
    mkdirSync(join(root, 'bin'), { mode: 0o755 });
    writeFileSync(join(root, 'bin/run'), 'mine', { mode: 0o755 });
    writeFileSync(join(root, 'notes.txt'), 'mine', { mode: 0o644 });
    chmodSync(join(root, 'bin'), 0o755); // whatever the umask
    chmodSync(join(root, 'notes.txt'), 0o644);
    const closed = stateFolderAt(root, {}, []);
    const { done, failed } = await repairState(closed, startWorker);
    expect(done).toEqual([]);
    expect(failed).toEqual([expect.stringContaining('it contains other files')]);
    expect(readdirSync(root).sort()).toEqual(['bin', 'notes.txt']);
    expect([modeOf(join(root, 'bin')), modeOf(join(root, 'notes.txt'))]).toEqual([0o755, 0o644]);
  });

  it('changes nothing in the home folder, also where hooks have recorded', async () => {
    const root = join(tempFolder(), 'me');
    mkdirSync(join(root, 'queue/pending'), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, 'notes.txt'), 'mine');
    chmodSync(join(root, 'notes.txt'), 0o644);
    const { done, failed } = await repairState(
      stateFolderAt(root, {}, []),
      startWorker,
      `${root}/`,
    );
    expect([done, failed.length]).toEqual([[], 1]);
    expect(modeOf(join(root, 'notes.txt'))).toBe(0o644);
  });

  it('makes the folders that are missing in one of ours, and starts a worker', async () => {
    const root = join(tempFolder(), 'state');
    mkdirSync(join(root, 'queue/pending'), { recursive: true, mode: 0o700 });
    const { done, failed } = await repairState(stateFolderAt(root, {}, []), startWorker);
    expect(failed).toEqual([]);
    expect(done).toContain(`Created ${root}/wake`);
    expect(done.at(-1)).toBe('Started worker w1');
  });
});
