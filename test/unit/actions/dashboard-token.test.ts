import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboardToken, renewDashboardToken } from '../../../lib/actions/dashboard-token.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { listFilesBelow } from '../../../lib/core/file-keeper.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function scene() {
  const folder = stateFolderAt(`${tempFolder()}/state`);
  return { folder, file: `${folder.root}/dashboard/token` };
}

describe('the token of the dashboard', () => {
  it('is made once, for this user alone, and stays', () => {
    const { folder, file } = scene();
    const token = dashboardToken(folder);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(dashboardToken(folder)).toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder.root).mode & 0o777).toBe(0o700);
    expect(listFilesBelow(folder.root, '').map((item) => item.path)).toEqual(['dashboard/token']);
  });

  it('is another one after it was renewed', () => {
    const { folder } = scene();
    const token = dashboardToken(folder);
    const renewed = renewDashboardToken(folder);
    expect(renewed).not.toBe(token);
    expect(dashboardToken(folder)).toBe(renewed);
  });

  it.each(['', 'short', `${'x'.repeat(43)}!`, 'é'.repeat(43)])(
    'is made anew when the file has %j',
    (text) => {
      const { folder, file } = scene();
      dashboardToken(folder);
      writeFileSync(file, text);
      expect(dashboardToken(folder)).toMatch(/^[\w-]{43}$/);
      expect(dashboardToken(folder)).toBe(readFileSync(file, 'utf8').trim());
    },
  );

  it('is made anew when others could have read it', () => {
    const { folder, file } = scene();
    const token = dashboardToken(folder);
    chmodSync(file, 0o644);
    expect(dashboardToken(folder)).not.toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not read through a link', () => {
    const { folder, file } = scene();
    mkdirSync(`${folder.root}/dashboard`, { recursive: true, mode: 0o700 });
    const elsewhere = `${tempFolder()}/token`;
    writeFileSync(elsewhere, 'k'.repeat(43), { mode: 0o600 });
    symlinkSync(elsewhere, file);
    expect(dashboardToken(folder)).not.toBe('k'.repeat(43));
    expect(readFileSync(elsewhere, 'utf8')).toBe('k'.repeat(43));
  });

  it.each([dashboardToken, renewDashboardToken])('says that a folder has its name', (make) => {
    const { folder, file } = scene();
    mkdirSync(file, { recursive: true, mode: 0o700 });
    for (const place of [folder.root, `${folder.root}/dashboard`]) chmodSync(place, 0o700);
    expect(() => make(folder)).toThrow(
      expect.objectContaining({
        code: 'HOME_UNUSABLE',
        message: `Cannot write the token ${file}: it is a folder`,
        remedy: expect.stringContaining('`mv '),
      }),
    );
  });

  it('says that a file has the name of its folder', () => {
    const { folder } = scene();
    mkdirSync(folder.root, { mode: 0o700 });
    writeFileSync(`${folder.root}/dashboard`, '');
    expect(() => dashboardToken(folder)).toThrow('Cannot ');
  });

  it('is not made in a folder that others can open', () => {
    const { folder } = scene();
    mkdirSync(folder.root);
    chmodSync(folder.root, 0o755); // whatever the umask of this process is
    chmodSync(folder.root, 0o755);
    expect(() => dashboardToken(folder)).toThrow('Cannot use');
  });
});
