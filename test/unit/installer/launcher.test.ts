import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderLauncher, type LauncherParts } from '../../../installer/render-launcher.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { hookProgram } from './fake-surroundings.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, '../../../templates/launcher.sh'), 'utf8');
/** Without the places that are the same for every user: whether this machine has a Node there is not ours to say. */
const HOMELESS = TEMPLATE.replace(/(?<= )\/(?:usr|snap|home|opt)\/\S*node(?= )/g, '/nowhere/node');
const SHELLS = ['/bin/dash', '/bin/bash', '/bin/sh', '/bin/zsh', '/bin/ksh', '/bin/busybox'].filter(
  (shell) => existsSync(shell),
);

/** Every character that a shell or a template engine could stumble over. */
const AWKWARD = `it's "quo'ted" $HOME \`id\` \\n $& $' @NODE@ *?[x] ü漢 ;&|#`;

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Writes a launcher for `parts` and runs it as Claude Code does: itself, with the payload on standard input. */
function launch(
  shell: string,
  parts: LauncherParts,
  environment: Record<string, string> = {},
  template = TEMPLATE,
): Run {
  const file = join(tempFolder(), AWKWARD);
  writeFileSync(file, renderLauncher(template, parts));
  chmodSync(file, 0o700);
  const args = shell.endsWith('busybox') ? ['sh', file] : [file];
  return spawnSync(shell, args, {
    input: 'x'.repeat(200_000),
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: '/nowhere', ...environment },
  });
}

function parts(changes: Partial<LauncherParts> = {}): LauncherParts {
  const folder = join(tempFolder(), AWKWARD);
  mkdirSync(folder);
  const bundle = join(folder, 'bundle.cjs');
  const copy = join(folder, 'copy.cjs');
  writeFileSync(bundle, hookProgram('bundle'));
  writeFileSync(copy, hookProgram('copy'));
  return {
    name: 'stop',
    home: join(folder, 'home'),
    node: process.execPath,
    bundle,
    copy,
    gate: '',
    ...changes,
  };
}

/** An executable at `path` that is Node. */
function nodeAt(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(process.execPath, path);
  return path;
}

describe.each(SHELLS)('launcher in %s', (shell) => {
  it('runs the hook of the package with its input and its state folder, whatever is in the paths', () => {
    const given = parts();
    const { status, stdout, stderr } = launch(shell, given);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      label: 'bundle',
      home: given.home,
      input: 'x'.repeat(200_000),
    });
  });

  it('runs the copy when the package has gone', () => {
    expect(JSON.parse(launch(shell, parts({ bundle: '/gone/stop.cjs' })).stdout).label).toBe(
      'copy',
    );
  });

  it('keeps a state folder that the environment names, but not an empty name', () => {
    expect(JSON.parse(launch(shell, parts(), { WAYMARK_HOME: '/mine' }).stdout).home).toBe('/mine');
    const given = parts();
    expect(JSON.parse(launch(shell, given, { WAYMARK_HOME: '' }).stdout).home).toBe(given.home);
  });

  it('keeps extra certificates away from the hook and saves their path for the worker', () => {
    const { ca, saved } = JSON.parse(
      launch(shell, parts(), { NODE_EXTRA_CA_CERTS: '/etc/my ca.pem' }).stdout,
    );
    expect([ca, saved]).toEqual([undefined, '/etc/my ca.pem']);
  });

  it('finds Node on the PATH when the recorded one has gone', () => {
    const path = join(nodeAt(join(tempFolder(), 'some bin/node')), '..');
    expect(
      JSON.parse(
        launch(shell, parts({ node: '/gone/node' }), { PATH: `${path}:/usr/bin:/bin` }).stdout,
      ).label,
    ).toBe('bundle');
  });

  it.each([
    '.nvm/versions/node/v22.1.0/bin/node',
    '.volta/bin/node',
    '.local/share/fnm/node-versions/v20.19.0/installation/bin/node',
    'Library/Application Support/fnm/node-versions/v20.19.0/installation/bin/node',
    '.asdf/installs/nodejs/24.1.0/bin/node',
    '.local/share/mise/installs/node/22.0.0/bin/node',
  ])('finds Node at ~/%s without any PATH', (place) => {
    const home = join(tempFolder(), 'ho me');
    nodeAt(join(home, place));
    const run = launch(
      shell,
      parts({ node: '/gone/node' }),
      { PATH: '/nowhere', HOME: home },
      HOMELESS,
    );
    expect(JSON.parse(run.stdout).label).toBe('bundle');
  });

  it('passes by a version that is too old', () => {
    const home = tempFolder();
    nodeAt(join(home, '.nvm/versions/node/v18.20.0/bin/node'));
    nodeAt(join(home, '.nvm/versions/node/v9.1.0/bin/node'));
    expect(
      launch(shell, parts({ node: '/gone/node' }), { PATH: '/nowhere', HOME: home }, HOMELESS),
    ).toMatchObject({ status: 0, stdout: '' });
  });

  it.each([
    ['there is no Node', { node: '/gone/node' }],
    ['what was Node is a folder', { node: '/tmp' }],
    ['there is no hook', { bundle: '/gone/a.cjs', copy: '/gone/b.cjs' }],
  ])('says nothing and succeeds when %s', (_, changes) => {
    expect(launch(shell, parts(changes), { PATH: '/nowhere' }, HOMELESS)).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  it('reads its input to the end when there is nothing to run, so that Claude is not left with a broken pipe', () => {
    const script =
      '{ head -c 5000000 /dev/zero; echo "written: $?" >&2; } | "$1"; echo "ended: $?"';
    const { stdout, stderr } = spawnSync(
      shell,
      [...(shell.endsWith('busybox') ? ['sh'] : []), '-c', script, 'sh', deadLauncher()],
      { encoding: 'utf8' },
    );
    expect([stdout, stderr]).toEqual(['ended: 0\n', 'written: 0\n']);
  });
});

describe('renderLauncher', () => {
  it('names places that are the same for every user', () => {
    expect(HOMELESS.match(/\/nowhere\/node/g)).toHaveLength(5);
  });

  it('leaves no placeholder and refuses one that it does not know', () => {
    expect(
      renderLauncher(TEMPLATE, {
        name: 'stop',
        home: '/h',
        node: '/n',
        bundle: '/b',
        copy: '/c',
        gate: ': # a gate\n',
      }),
    ).not.toMatch(/@[A-Z]+@/);
    expect(() => renderLauncher('@NEW@', parts())).toThrow('@NEW@');
  });
});

function deadLauncher(): string {
  const file = join(tempFolder(), 'stop');
  writeFileSync(
    file,
    renderLauncher(TEMPLATE, parts({ bundle: '/gone/a.cjs', copy: '/gone/b.cjs' })),
  );
  chmodSync(file, 0o700);
  return file;
}
