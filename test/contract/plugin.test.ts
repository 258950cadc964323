import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../lib/core/package-folder.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { HOOK_TIMEOUT_S } from '../../lib/hook/read-input.ts';
import { GATE_SHELLS, SHELLS_FOUND, type GateShell } from '../support/gate-shells.ts';
import { tempFolder } from '../support/temp-folder.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PLUGIN = join(REPOSITORY, 'templates/plugin');

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('the manifests of the plugin', () => {
  it('are of one name and of the version of the package', () => {
    const [listed] = read(join(REPOSITORY, '.claude-plugin/marketplace.json')).plugins;
    const manifest = read(join(PLUGIN, '.claude-plugin/plugin.json'));
    expect(listed).toMatchObject({ name: manifest.name, source: './templates/plugin' });
    expect(manifest.version).toBe(packageVersion());
    // Claude Code loads hooks/hooks.json by itself, and refuses a plugin that names it
    expect(manifest.hooks).toBe(undefined);
  });

  it('start every hook that the installer wires, with the same matcher and time', () => {
    const events: Record<string, unknown[]> = {};
    for (const { event, name, matcher } of HOOKS) {
      const handler = {
        type: 'command',
        command: `\${CLAUDE_PLUGIN_ROOT}/bin/waymark`,
        args: ['--hook', name],
        timeout: HOOK_TIMEOUT_S,
      };
      const group = { ...(matcher === undefined ? {} : { matcher }), hooks: [handler] };
      events[event] = [...(events[event] ?? []), group];
    }
    expect(read(join(PLUGIN, 'hooks/hooks.json')).hooks).toEqual(events);
  });

  it('take few words of every session for the skill', () => {
    const skill = readFileSync(join(PLUGIN, 'skills/look-up/SKILL.md'), 'utf8');
    const [, head = ''] = skill.split('---\n');
    expect(head.length).toBeLessThan(600); // some 150 tokens
  });
});

interface Place {
  readonly root: string;
  readonly state: string;
  readonly program: string;
  readonly environment: Record<string, string>;
}

/** The plugin in a folder of its own, run by `shell`, and the launchers that a state folder has. */
function place(shell: GateShell): Place {
  const root = tempFolder();
  const program = join(root, 'cache/waymark/bin/waymark');
  mkdirSync(dirname(program), { recursive: true });
  mkdirSync(join(root, 'data'));
  const text = readFileSync(join(PLUGIN, 'bin/waymark'), 'utf8');
  writeFileSync(program, text.replace('#!/bin/sh', `#!${shell.interpreter}`));
  chmodSync(program, 0o755);
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: join(root, 'home'),
    CLAUDE_PROJECT_DIR: join(root, 'the project'),
    CLAUDE_PLUGIN_DATA: join(root, 'data'),
  };
  return { root, state: join(root, 'home/.local/state/waymark'), program, environment };
}

/**
 * A launcher that prints what it is called and what it reads. `served`: the note of the installer;
 * left out: there is none.
 */
function withLauncher({ state }: Place, served: string | undefined, name = 'stop'): void {
  mkdirSync(join(state, 'bin'), { recursive: true });
  writeFileSync(join(state, 'bin', name), '#!/bin/sh\necho "$0 $#"; cat\n', { mode: 0o755 });
  if (served !== undefined) writeFileSync(join(state, 'bin/served'), served);
}

function run({ program, environment }: Place, args: readonly string[], changes = {}) {
  const input = `${'x'.repeat(300_000)}\n`;
  const ran = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    env: { ...environment, ...changes },
  });
  // a payload that is not read to the end breaks the pipe of its writer
  return { status: ran.status, stdout: ran.stdout.replace(input, '<input>'), error: ran.error };
}

const QUIET = { status: 0, stdout: '', error: undefined };

describe.each(GATE_SHELLS)(`the hooks of the plugin in $name (${SHELLS_FOUND})`, (shell) => {
  it('hand over to the launcher, payload and all', () => {
    const here = place(shell);
    withLauncher(here, '');
    expect(run(here, ['--hook', 'stop'])).toEqual({
      ...QUIET,
      stdout: `${here.state}/bin/stop 0\n<input>`,
    });
  });

  it.each([
    ['the user', (root: string) => join(root, 'home/.claude'), {}],
    ['the project', (root: string) => join(root, 'the project/.claude'), {}],
    [
      'another configuration folder',
      () => '/else where/claude',
      { CLAUDE_CONFIG_DIR: '/else where/claude' },
    ],
  ])('end at once where the settings of %s have the hooks', (_, folder, changes) => {
    const here = place(shell);
    withLauncher(here, `/nowhere/.claude\n${folder(here.root)}\n`);
    expect(run(here, ['--hook', 'stop'], changes)).toEqual(QUIET);
  });

  it('serve where only other settings have them', () => {
    const here = place(shell);
    withLauncher(here, `${here.root}/other project/.claude\n`);
    expect(run(here, ['--hook', 'stop']).stdout).toContain('<input>');
    const elsewhere = { CLAUDE_CONFIG_DIR: '/else where' };
    writeFileSync(join(here.state, 'bin/served'), `${here.root}/home/.claude\n`);
    expect(run(here, ['--hook', 'stop'], elsewhere).stdout).toContain('<input>');
  });

  it.each([
    ['a state folder of its own', 'WAYMARK_HOME', 'of my own'],
    ['the state folder of XDG', 'XDG_STATE_HOME', 'xdg/waymark'],
  ])('find %s', (_, name, folder) => {
    const here = place(shell);
    const state = join(here.root, folder);
    withLauncher({ ...here, state }, '');
    const value = folder.endsWith('/waymark') ? dirname(state) : state;
    expect(run(here, ['--hook', 'stop'], { [name]: value }).stdout).toContain(`${state}/bin/stop`);
  });

  it('take a relative XDG_STATE_HOME for none', () => {
    const here = place(shell);
    withLauncher(here, '');
    expect(run(here, ['--hook', 'stop'], { XDG_STATE_HOME: 'here' }).stdout).toContain('<input>');
  });

  it.each([
    ['nothing is installed', () => undefined],
    ['the launcher is gone', (here: Place) => withLauncher(here, '', 'other')],
    [
      'the launcher cannot be run',
      (here: Place) => {
        withLauncher(here, '');
        chmodSync(join(here.state, 'bin/stop'), 0o600);
      },
    ],
    [
      'there is no home',
      (here: Place) => {
        here.environment['HOME'] = '';
      },
    ],
  ])('read their input, print nothing and succeed when %s', (_, prepare) => {
    const here = place(shell);
    prepare(here);
    expect(run(here, ['--hook', 'stop'])).toEqual(QUIET);
  });

  it('say once, at the start of a session, how to install', () => {
    const here = place(shell);
    const first = run(here, ['--hook', 'session-start']);
    expect(first).toMatchObject({ status: 0, error: undefined });
    expect(JSON.parse(first.stdout).systemMessage).toContain('waymark install --no-settings');
    expect(run(here, ['--hook', 'session-start'])).toEqual(QUIET);
  });

  it('name the clone that they are in, whether it is built or not', () => {
    const here = place(shell);
    const clone = join(here.root, 'clone');
    const program = join(clone, 'templates/plugin/bin/waymark');
    mkdirSync(dirname(program), { recursive: true });
    copyFileSync(here.program, program);
    writeFileSync(join(clone, 'package.json'), '{}');
    const said = () => {
      const data = tempFolder();
      const { stdout } = run({ ...here, program }, ['--hook', 'session-start'], {
        CLAUDE_PLUGIN_DATA: data,
      });
      return JSON.parse(stdout).systemMessage;
    };
    expect(said()).toContain(
      `run: cd ${clone} && npm ci && node dist/waymark.cjs install --no-settings`,
    );
    mkdirSync(join(clone, 'dist'));
    writeFileSync(join(clone, 'dist/waymark.cjs'), '');
    expect(said()).toContain(`run: node ${clone}/dist/waymark.cjs install --no-settings`);
    withLauncher(here, undefined, 'session-start');
    expect(said()).toContain(`To update it, run: node ${clone}/dist/waymark.cjs install`);
  });

  it('leave an installation that knows of no plugins alone, and say so once', () => {
    const here = place(shell);
    withLauncher(here, undefined, 'session-start');
    expect(run(here, ['--hook', 'session-start']).stdout).toContain(
      'To update it, run: waymark install (in a terminal, with the package waymark installed)"',
    );
    expect(run(here, ['--hook', 'session-start'])).toEqual(QUIET);
  });

  it('say nothing where they cannot note that they did', () => {
    const here = place(shell);
    expect(run(here, ['--hook', 'session-start'], { CLAUDE_PLUGIN_DATA: '/nowhere/data' })).toEqual(
      QUIET,
    );
    expect(existsSync('/nowhere')).toBe(false);
  });
});

describe.each(GATE_SHELLS)('the command line of the plugin in $name', (shell) => {
  it('is that of the state folder', () => {
    const here = place(shell);
    withLauncher(here, '', 'waymark');
    expect(run(here, ['sessions', '--json'])).toEqual({
      ...QUIET,
      stdout: `${here.state}/bin/waymark 2\n<input>`,
    });
  });

  it('says how to install where there is none', () => {
    const { program, environment } = place(shell);
    const ran = spawnSync(program, ['status'], { env: environment, encoding: 'utf8' });
    expect(ran).toMatchObject({ status: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^Cannot run waymark: .*\nRun: waymark install --no-settings/);
  });
});
