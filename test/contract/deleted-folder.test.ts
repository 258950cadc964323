import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

describe('a working folder that was deleted', () => {
  it.each([
    ['waymark.cjs', '--version'],
    ['waymark.cjs', 'status'],
    ['install-hooks.cjs', '--version'],
  ])('does not keep %s %s from its answer', (program, argument) => {
    const home = tempFolder();
    const script = 'mkdir "$1" && cd "$1" && rmdir "$1" && exec "$2" "$3" "$4"';
    const words = [join(home, 'gone'), process.execPath, join(process.cwd(), 'dist', program)];
    const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...words, argument], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOME: home, WAYMARK_HOME: join(home, 'state') },
    });
    expect(stderr).not.toContain('uv_cwd');
    expect(status).toBe(0);
  });
});
