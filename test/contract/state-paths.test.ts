import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WaymarkError } from '../../lib/core/errors.ts';
import { locateStateFolder } from '../../lib/core/state-folder.ts';
import { GATE_SESSION, makeSession, THROTTLED } from '../support/gate-place.ts';
import { gateRunners } from '../support/gate-runners.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import { queuedEvents, recordedInput } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';

const bundles = hookBundles();
const runners = gateRunners();
const LIBRARY = join(import.meta.dirname, '../../templates/waymark.sh');

interface PathCase {
  readonly title: string;
  /** `~` is the home folder of the case. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the state folder is; `undefined`: every part says that it cannot find one. */
  readonly root: string | undefined;
}

const CASES: readonly PathCase[] = [
  { title: 'nothing', environment: {}, root: '~/.local/state/waymark' },
  { title: 'WAYMARK_HOME', environment: { WAYMARK_HOME: '~/w' }, root: '~/w' },
  {
    title: 'an empty WAYMARK_HOME',
    environment: { WAYMARK_HOME: '', XDG_STATE_HOME: '~/x' },
    root: '~/x/waymark',
  },
  { title: 'a relative WAYMARK_HOME', environment: { WAYMARK_HOME: 'w' }, root: undefined },
  { title: 'a WAYMARK_HOME with ..', environment: { WAYMARK_HOME: '../w' }, root: undefined },
  {
    title: 'XDG_STATE_HOME',
    environment: { XDG_STATE_HOME: '~/x y' },
    root: '~/x y/waymark',
  },
  {
    title: 'an empty XDG_STATE_HOME',
    environment: { XDG_STATE_HOME: '' },
    root: '~/.local/state/waymark',
  },
  {
    title: 'a relative XDG_STATE_HOME',
    environment: { XDG_STATE_HOME: 'x/y' },
    root: '~/.local/state/waymark',
  },
  {
    title: 'a XDG_STATE_HOME of a dot',
    environment: { XDG_STATE_HOME: './x' },
    root: '~/.local/state/waymark',
  },
  { title: 'a relative HOME', environment: { HOME: 'h' }, root: undefined },
  { title: 'an empty HOME', environment: { HOME: '' }, root: undefined },
];

interface Found {
  readonly root: string | undefined;
  readonly says: string;
}

/** A folder to work in, and the variables of a case there. */
function setUp({ environment }: PathCase) {
  const home = tempFolder();
  const cwd = join(home, 'work');
  mkdirSync(cwd);
  const filled = Object.entries({ HOME: '~', ...environment }).map(([name, value]) => [
    name,
    value.replace('~', home),
  ]);
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    ...Object.fromEntries(filled),
  };
  const expected = (root: string | undefined): string | undefined => root?.replace('~', home);
  return { home, cwd, env, expected };
}

function inProcess(environment: Readonly<Record<string, string>>): Found {
  try {
    return { root: locateStateFolder(environment, 'linux').root, says: '' };
  } catch (error) {
    if (error instanceof WaymarkError) return { root: undefined, says: error.message };
    throw error;
  }
}

function inShell(interpreter: string, cwd: string, env: Readonly<Record<string, string>>): Found {
  const [program = 'sh', ...flags] = interpreter.split(' ');
  const script = `. '${LIBRARY}'\nwaymark_emit build.failed`;
  const { status, stderr } = spawnSync(program, [...flags, '-euc', script], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'], // bash takes a socket for a remote login
  });
  expect(status === 0).toBe(stderr === '');
  return { root: undefined, says: stderr };
}

describe.skipIf(process.platform !== 'linux').each(CASES)('with $title', (given) => {
  it('commands, the installer and the worker find the state folder', () => {
    const { env, expected } = setUp(given);
    const { root, says } = inProcess(env);
    expect(root).toBe(expected(given.root));
    expect(says !== '').toBe(given.root === undefined);
  });

  it('hooks find the same', () => {
    const { cwd, env, expected } = setUp(given);
    const run = spawnSync(process.execPath, [`${bundles().folder}/session-start.cjs`], {
      cwd,
      env: { ...env, WAYMARK_AUTOSTART: '0' },
      input: JSON.stringify({ ...recordedInput('SessionStart'), cwd }),
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const root = expected(given.root);
    if (root === undefined) expect(run.stdout).toContain('Cannot find the state folder');
    else expect(queuedEvents(root)).toHaveLength(1);
    expect(existsSync(join(cwd, 'queue'))).toBe(false);
  });

  it.each(GATE_SHELLS)(`the shell library finds the same in $name (${SHELLS_FOUND})`, (shell) => {
    const { cwd, env, expected } = setUp(given);
    const { says } = inShell(shell.interpreter, cwd, env);
    const root = expected(given.root);
    if (root === undefined) expect(says).toMatch(/not an absolute path|HOME is not set/);
    else expect(statSync(`${root}/queue/pending`).isDirectory()).toBe(true);
  });
});

describe('a relative WAYMARK_HOME', () => {
  it.each(GATE_SHELLS)(`is not counted in by the gate in $name (${SHELLS_FOUND})`, ({ name }) => {
    const cwd = tempFolder();
    const session = `${cwd}/state/throttle/${GATE_SESSION}`;
    makeSession(session, THROTTLED);
    const { command, args } = runners().of(name);
    const run = spawnSync(command, args, {
      cwd,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: cwd,
        WAYMARK_HOME: 'state',
        CLAUDE_CODE_SESSION_ID: GATE_SESSION,
        STARTED: `${cwd}/started`,
      },
      input: JSON.stringify({ ...recordedInput('PostToolUse'), session_id: GATE_SESSION }),
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(`${session}/ops`).size).toBe('.......'.length);
    expect(statSync(`${cwd}/started`).size).toBe(1);
  });
});
