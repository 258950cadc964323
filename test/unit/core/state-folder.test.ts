import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WaymarkError } from '../../../lib/core/errors.ts';
import {
  locateStateFolder,
  locateUsableStateFolder,
  makePrivateFolder,
  realPathOr,
  stateFolderAt,
} from '../../../lib/core/state-folder.ts';
import { listEarlierFolders } from '../../../lib/queue/recovery-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('locateStateFolder', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['WAYMARK_HOME', { WAYMARK_HOME: '/w', HOME: '/h', XDG_STATE_HOME: '/x' }, 'linux', '/w'],
    ['WAYMARK_HOME without its last slashes', { WAYMARK_HOME: '/w/a//' }, 'linux', '/w/a'],
    [
      'a WAYMARK_HOME with spaces and letters of all kinds',
      { WAYMARK_HOME: '/Öfen und "mehr"' },
      'linux',
      '/Öfen und "mehr"',
    ],
    ['XDG_STATE_HOME', { HOME: '/h', XDG_STATE_HOME: '/x' }, 'linux', '/x/waymark'],
    ['the home folder', { HOME: '/h' }, 'linux', '/h/.local/state/waymark'],
    [
      'the home folder when XDG_STATE_HOME is empty',
      { HOME: '/h', XDG_STATE_HOME: '' },
      'linux',
      '/h/.local/state/waymark',
    ],
    [
      'the home folder when XDG_STATE_HOME is relative',
      { HOME: '/h', XDG_STATE_HOME: 'x' },
      'linux',
      '/h/.local/state/waymark',
    ],
    [
      'Application Support',
      { HOME: '/h', XDG_STATE_HOME: '/x' },
      'darwin',
      '/h/Library/Application Support/waymark',
    ],
    [
      'LOCALAPPDATA',
      { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' },
      'win32',
      'C:/Users/a/AppData/Local/waymark',
    ],
    ['USERPROFILE', { USERPROFILE: 'C:\\Users\\a' }, 'win32', 'C:/Users/a/waymark'],
  ])('is %s', (_name, environment, platform, root) => {
    expect(locateStateFolder(environment, platform).root).toBe(root);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a relative WAYMARK_HOME', { WAYMARK_HOME: 'state', HOME: '/h' }, 'linux'],
    ['a relative home', { HOME: 'h' }, 'linux'],
    ['a drive letter where there are none', { WAYMARK_HOME: 'C:/w', HOME: '/h' }, 'linux'],
    ['no home', {}, 'linux'],
    ['an empty home', { HOME: '' }, 'darwin'],
    ['no profile', {}, 'win32'],
  ])('refuses %s', (_name, environment, platform) => {
    expect(() => locateStateFolder(environment, platform)).toThrow(
      expect.objectContaining({ code: 'HOME_UNUSABLE' }),
    );
    expect(() => locateStateFolder(environment, platform)).toThrow(WaymarkError);
  });
});

describe('stateFolderAt', () => {
  it('keeps everything but the recovery folder below the root', () => {
    const { root, recovery, team, ...paths } = stateFolderAt('/w', {});
    expect(team).toBeUndefined();
    expect(root).toBe('/w');
    for (const path of Object.values(paths)) expect(path.startsWith('/w/')).toBe(true);
    for (const shared of recovery.shared) expect(shared.startsWith('/w')).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'finds the recovery folder whatever the environment, and knows where earlier versions had it',
    () => {
      const uid = process.getuid?.() ?? 0;
      const [here, there] = [
        stateFolderAt('/w', { XDG_RUNTIME_DIR: '/run/user/7', TMPDIR: '/t/' }).recovery,
        stateFolderAt('/w', {}).recovery,
      ];
      expect(here).toMatchObject({ shared: ['/var/tmp', '/tmp'], user: `waymark-${uid}` });
      expect({ ...here, environment: {} }).toEqual(there);
      const [name] = here.names;
      expect(listEarlierFolders(here)).toEqual(
        ['/run/user/7', '/t', '/tmp', `/run/user/${uid}`].map(
          (place) => `${place}/waymark-recovery-${name}`,
        ),
      );
    },
  );

  it('gives each state folder a recovery folder of its own, which a link to it shares', () => {
    const real = tempFolder();
    const link = join(tempFolder(), 'link');
    symlinkSync(real, link);
    const names = (root: string): readonly string[] => stateFolderAt(root).recovery.names;
    expect(names('/w')).toEqual(names('/w'));
    expect(names('/w')).not.toEqual(names('/v'));
    expect(names(link)[0]).toBe(names(real)[0]);
  });
});

describe('makePrivateFolder', () => {
  it('creates a folder closed to others, with its parents, and can be repeated', () => {
    const folder = join(tempFolder(), 'a', 'b');
    makePrivateFolder(folder);
    makePrivateFolder(folder);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(folder, '..')).mode & 0o777).toBe(0o700);
  });
});

describe('realPathOr', () => {
  it('follows links, and leaves what does not exist', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(realPathOr(join(folder, 'link'))).toBe(join(folder, 'real'));
    expect(realPathOr(join(folder, 'none'))).toBe(join(folder, 'none'));
  });
});

describe('locateUsableStateFolder', () => {
  it.each(['/etc/passwd', '/etc/passwd/state', '/dev/null'])(
    'refuses %s: it is not a folder',
    (path) => {
      expect(() => locateUsableStateFolder({ WAYMARK_HOME: path })).toThrow(
        expect.objectContaining({ code: 'HOME_UNUSABLE' }),
      );
    },
  );

  it('accepts an existing folder, and a missing one', () => {
    const root = tempFolder();
    for (const path of [root, `${root}/new`])
      expect(locateUsableStateFolder({ WAYMARK_HOME: path }).root).toBe(path);
  });

  it('treats an empty WAYMARK_HOME as unset, as launchers do', () => {
    const { root } = locateUsableStateFolder({ WAYMARK_HOME: '', HOME: '/home/ada' });
    expect(root.startsWith('/home/ada/')).toBe(true);
  });
});
