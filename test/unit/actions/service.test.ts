import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionContext } from '../../../lib/actions/action-context.ts';
import {
  hasService,
  installService,
  removeService,
  renewService,
  type ServiceRequest,
  renderServiceFile,
} from '../../../lib/actions/service.ts';
import { systemClock } from '../../../lib/core/clock.ts';
import { locateStateFolder } from '../../../lib/core/state-folder.ts';
import { readService, type ServicePlace, servicePlace } from '../../../lib/query/service.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Every character that a unit, a property list or a shell could stumble over. */
const AWKWARD = `it's "quo'ted" $HOME %h \\n & <a> ü漢 ;# $$`;

/** A user with a package, a Node and a systemctl that notes its calls and ends with `status`. */
function place({ status = 0, name = 'plain', platform = 'linux' } = {}) {
  const home = join(tempFolder(), name);
  const [bin, pack] = [join(home, 'bin'), join(home, 'package')];
  for (const path of [bin, join(pack, 'dist')]) mkdirSync(path, { recursive: true });
  const calls = join(home, 'calls');
  for (const manager of ['systemctl', 'launchctl']) {
    const script = `#!/bin/sh\nprintf '%s\n' "${manager} $*" >>"$HOME/calls"\n[ "$2" != is-active ] || { echo active; exit 0; }\n[ ${status} = 0 ] || echo 'no bus here' >&2\nexit ${status}\n`;
    writeFileSync(join(bin, manager), script);
    chmodSync(join(bin, manager), 0o755);
  }
  writeFileSync(join(pack, 'dist/waymark.cjs'), '');
  const node = join(bin, 'node');
  writeFileSync(node, '#!/bin/sh\n', { mode: 0o755 });
  const folder = locateStateFolder({ HOME: home }, platform);
  const actionContext: ActionContext = {
    folder,
    environment: { HOME: home, PATH: `${bin}:/usr/bin:/bin`, ANTHROPIC_API_KEY: 'never' },
    clock: systemClock,
  };
  const request: ServiceRequest = {
    ...{ platform, node, nodeVersion: '20.20.2', package: pack, starts: true },
  };
  const called = (): readonly string[] =>
    existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { home, actionContext, request, called };
}

const UNIT = 'waymark.service';

describe('installService', () => {
  it('writes a unit with full paths, without a key, and has it started', async () => {
    const { home, actionContext, request, called } = place();
    const file = join(home, '.config/systemd/user', UNIT);
    expect(await installService(actionContext, request)).toEqual({
      ...{ manager: 'systemd', name: UNIT, file, changed: true, done: true, said: null },
    });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`ExecStart="${request.node}"`);
    expect(text).toContain(`"${request.package}/dist/waymark.cjs" "worker" "--background"`);
    expect(text).toContain(`Environment="WAYMARK_HOME=${actionContext.folder.root}"`);
    expect(text).not.toContain('never');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(called()).toEqual([
      'systemctl --user daemon-reload',
      `systemctl --user enable ${UNIT}`,
      `systemctl --user restart ${UNIT}`,
    ]);
  });

  it('changes nothing the second time, and asks nobody with --no-start', async () => {
    const { actionContext, request, called } = place();
    await installService(actionContext, { ...request, starts: false });
    const again = await installService(actionContext, { ...request, starts: false });
    expect(again).toMatchObject({ changed: false, done: null });
    expect(called()).toEqual([]);
  });

  it('says what the manager says when it does not start, and keeps the file', async () => {
    const { actionContext, request } = place({ status: 1 });
    const change = await installService(actionContext, request);
    expect(change).toMatchObject({ changed: true, done: false, said: 'no bus here' });
    expect(existsSync(change.file)).toBe(true);
  });

  it('gives launchd its own list, and loads it anew', async () => {
    const { home, actionContext, request, called } = place({ platform: 'darwin' });
    const { file } = await installService(actionContext, request);
    expect(file).toBe(join(home, 'Library/LaunchAgents/waymark.worker.plist'));
    const uid = process.getuid?.() ?? 0;
    expect(called()).toEqual([
      `launchctl bootout gui/${uid}/waymark.worker`,
      `launchctl bootstrap gui/${uid} ${file}`,
    ]);
  });

  it('refuses a file that it did not write, a system without a manager, and a path with a line break', async () => {
    const { actionContext, request } = place();
    const { file } = await installService(actionContext, { ...request, starts: false });
    writeFileSync(file, '[Unit]\nDescription=mine\n');
    await expect(installService(actionContext, request)).rejects.toThrow(
      'waymark did not write it',
    );
    await expect(removeService(actionContext, 'linux')).rejects.toThrow('waymark did not write it');
    expect(hasService(actionContext, 'linux')).toBe(false);
    await expect(installService(actionContext, { ...request, platform: 'win32' })).rejects.toThrow(
      'neither systemd nor launchd',
    );
    const broken = { ...request, platform: 'darwin', node: '/a\nb/node' };
    await expect(installService(actionContext, broken)).rejects.toThrow('control character');
  });
});

describe('removeService', () => {
  it('stops what runs, and deletes the file', async () => {
    const { actionContext, request, called } = place();
    const { file } = await installService(actionContext, request);
    const before = called().length;
    expect(await removeService(actionContext, 'linux')).toMatchObject({
      changed: true,
      done: true,
    });
    expect(existsSync(file)).toBe(false);
    expect(called().slice(before)).toEqual([
      `systemctl --user is-active ${UNIT}`,
      `systemctl --user disable --now ${UNIT}`,
      'systemctl --user daemon-reload',
    ]);
    expect(await removeService(actionContext, 'linux')).toMatchObject({
      changed: false,
      done: null,
    });
  });

  it('deletes the file also where the manager refuses', async () => {
    const { actionContext, request } = place({ status: 1 });
    const { file } = await installService(actionContext, request);
    expect(await removeService(actionContext, 'linux')).toMatchObject({
      done: false,
      said: 'no bus here',
    });
    expect(existsSync(file)).toBe(false);
  });
});

describe('renewService', () => {
  it('brings a service to the Node and package of now, and makes none', async () => {
    const { actionContext, request, called } = place();
    expect(await renewService(actionContext, request)).toBe(false);
    await installService(actionContext, { ...request, starts: false });
    expect(await renewService(actionContext, request)).toBe(false);
    const moved = { ...request, node: '/new/node' };
    expect(await renewService(actionContext, moved)).toBe(true);
    expect(called()).toEqual(['systemctl --user daemon-reload']);
    const service = await readService({ ...actionContext, platform: 'linux' });
    expect(service).toMatchObject({ node: '/new/node', problem: 'its Node is missing: /new/node' });
  });
});

describe('serviceText', () => {
  it.each(['linux', 'darwin'])('brings awkward paths to %s as they are', async (platform) => {
    const { actionContext, request } = place({ name: AWKWARD, platform });
    await installService(actionContext, { ...request, starts: false });
    expect(await readService({ ...actionContext, platform })).toMatchObject({
      ...{ installed: true, problem: null, node: request.node },
      program: `${request.package}/dist/waymark.cjs`,
    });
  });

  it.skipIf(!isFound('systemd-analyze'))('is a unit that systemd-analyze finds nothing in', () => {
    const { home, actionContext, request } = place({ name: 'a b $x $$y %h' });
    const file = join(home, UNIT);
    writeFileSync(file, renderServiceFile(placeOf(actionContext, 'linux'), actionContext, request));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', file], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: home },
    });
    const about = stderr.split('\n').filter((line) => line.includes(UNIT));
    expect({ status, about }).toEqual({ status: 0, about: [] });
  });

  it.skipIf(!isFound('python3'))('is a property list that a parser reads as it was meant', () => {
    const { home, actionContext, request } = place({ name: AWKWARD, platform: 'darwin' });
    const file = join(home, 'waymark.plist');
    writeFileSync(
      file,
      renderServiceFile(placeOf(actionContext, 'darwin'), actionContext, request),
    );
    const script =
      'import plistlib, json, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const { stdout } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
    const list: unknown = JSON.parse(stdout);
    expect(list).toMatchObject({
      ...{ Label: 'waymark.worker', RunAtLoad: true, KeepAlive: { SuccessfulExit: false } },
      EnvironmentVariables: { WAYMARK_HOME: actionContext.folder.root },
      ProgramArguments: expect.arrayContaining([
        ...[request.node, `${request.package}/dist/waymark.cjs`, 'worker', '--background'],
      ]),
    });
  });
});

function placeOf({ folder, environment }: ActionContext, platform: string): ServicePlace {
  const found = servicePlace({ folder, environment, platform });
  if (found === undefined) throw new Error(`Cannot happen: ${platform} has services`);
  return found;
}

function isFound(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
