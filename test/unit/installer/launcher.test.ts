import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderLauncher, type LauncherParts } from '../../../installer/render-launcher.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { hookProgram } from './fake-surroundings.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, '../../../templates/launcher.sh'), 'utf8');
/**
 * Without the places that are the same for every user: whether this machine has a Node there is not
 * ours to say.
 */
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

/**
 * Writes a launcher for `parts` and runs it as Claude Code does: itself, with the payload on
 * standard input.
 */
function launch(
  shell: string,
  parts: LauncherParts,
  environment: Record<string, string> = {},
  template = TEMPLATE,
  file = join(tempFolder(), AWKWARD),
): Run {
  writeFileSync(file, renderLauncher(template, parts));
  chmodSync(file, 0o700);
  const args = shell.endsWith('busybox') ? ['sh', file] : [file];
  return spawnSync(shell, args, {
    input: 'x'.repeat(200_000),
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: '/dev/null/home', ...environment },
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

/** A program that says that it is Node of some version, and fails like one that is too old. */
function oldNode(version: string): string {
  const path = join(tempFolder(), 'node');
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" != -v ] || { echo '${version}'; exit 0; }\necho 'SyntaxError' >&2\nexit 1\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Node behind a script that notes each question for its version. */
function countingNode(): string {
  const path = join(tempFolder(), 'node');
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" != -v ] || echo v >>"\${0%/*}/versions"\nexec '${process.execPath}' "$@"\n`,
  );
  chmodSync(path, 0o755);
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

  it.each(['--no-such-option', '--inspect-brk=0', '--require /gone.cjs'])(
    'runs although the options for Node are %s',
    (options) => {
      const { status, stdout } = launch(shell, parts(), { NODE_OPTIONS: options });
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).not.toHaveProperty('options');
    },
  );

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

  it.each(['v12.22.12', 'v14.21.3', 'v18.20.8', 'v20.18.3', ''])(
    'passes by a Node on the PATH and a recorded one that say %j',
    (version) => {
      const old = oldNode(version);
      const home = tempFolder();
      const given = parts({ node: old });
      const environment = { PATH: `${join(old, '..')}:/usr/bin:/bin`, HOME: home };
      expect(launch(shell, given, environment, HOMELESS)).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      });
      nodeAt(join(home, '.nvm/versions/node/v22.1.0/bin/node'));
      expect(JSON.parse(launch(shell, given, environment, HOMELESS).stdout).label).toBe('bundle');
    },
  );

  it('asks a Node for its version once', () => {
    const given = parts({ node: countingNode() });
    const file = join(tempFolder(), 'stop');
    for (let run = 0; run < 3; run += 1)
      expect(launch(shell, given, {}, TEMPLATE, file).status).toBe(0);
    expect(readFileSync(join(given.node, '../versions'), 'utf8')).toBe('v\n');
    expect(readFileSync(join(file, '../node-found'), 'utf8')).toBe(`${given.node}\n`);
  });

  it('says at the start of a session, and only there, that there is no Node', () => {
    const given = parts({ node: '/gone/node' });
    const folder = tempFolder();
    const run = (name: string): Run =>
      launch(shell, given, { PATH: '/nowhere' }, HOMELESS, join(folder, name));
    expect(run('stop')).toMatchObject({ status: 0, stdout: '' });
    const { status, stdout } = run('session-start');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).systemMessage).toContain('no Node.js 20.19 or later');
  });

  it.each([
    ['of another machine', '\u007fELF of another machine\n'],
    ['whose interpreter is gone', '#!/gone/loader\n'],
    ['that is empty', ''],
  ])('ends with 0 when the noted Node has become a file %s', (_, text) => {
    const given = parts();
    const file = join(tempFolder(), 'stop');
    const node = join(file, '../node');
    writeFileSync(node, text, { mode: 0o700 });
    utimesSync(node, 1, 1);
    writeFileSync(join(file, '../node-found'), `${node}\n`);
    expect(launch(shell, given, {}, TEMPLATE, file)).toMatchObject({ status: 0, stdout: '' });
  });

  it('ends with 0 when the shell cannot start a process', () => {
    const gate = 'false() { exit 2; }\nvalue=$(exit 2) || false\n';
    expect(launch(shell, parts({ gate })).status).toBe(0);
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
