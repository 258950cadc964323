import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Flags, NO_FLAGS } from '../../../installer/flags.ts';
import { runInstaller } from '../../../installer/run-installer.ts';
import { WaymarkError } from '../../../lib/core/errors.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { writeClientFolder } from '../../support/client-folder.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine, PROVED, type FakeMachine } from './fake-surroundings.ts';

interface Said {
  readonly status: number;
  readonly code?: string;
  readonly out: string;
  readonly err: string;
}

/** What an argument of the command line stands for. */
const FLAGS: Readonly<Record<string, Partial<Flags>>> = {
  '--yes': { yes: true },
  '--uninstall': { uninstall: true },
  '--json': { json: true },
  '--dry-run': { dryRun: true },
  '--no-prove': { prove: false },
  '--local': { scope: 'local' },
};

/** Runs the installer without a terminal, as the command does; nothing may ask. */
async function run(machine: FakeMachine, ...args: string[]): Promise<Said> {
  const flags = Object.assign({}, NO_FLAGS, ...args.map((arg) => FLAGS[arg]));
  const said = { out: '', err: '' };
  const console = {
    isInteractive: false,
    hasColour: false,
    out: (text: string) => {
      said.out += text;
    },
    wrap: (text: string) => text,
    loadPrompts: () => Promise.reject(new Error('asked without a terminal')),
  };
  try {
    return { status: await runInstaller(flags, machine.around, console), ...said };
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    return { ...said, status: 1, code: error.code, err: `${error.message}\n${error.remedy}\n` };
  }
}

describe('the installer without a terminal', () => {
  it.each([[[]], [['--uninstall']], [['--local']], [['--json']]])(
    'never asks: with %j it says what it needs',
    async (args) => {
      const machine = fakeMachine();
      const { code, out, err } = await run(machine, ...args);
      expect(code).toBe('USAGE');
      expect(out + err).toContain('--yes');
      expect(existsSync(machine.around.folder.root)).toBe(false);
    },
  );

  it('installs, proves it with both times, and says how to look and how to undo', async () => {
    const machine = fakeMachine();
    const { status, out } = await run(machine, '--yes');
    expect(status).toBe(0);
    for (const text of [
      `${HOOKS.length} hooks`,
      'Verified: a sample sent at ',
      ':00.120.',
      'waymark status',
      'npx waymark uninstall',
    ])
      expect(out).toContain(text);
    expect(machine.runs).toEqual([
      [
        `${machine.around.origin.folder}/dist/waymark.cjs`,
        'doctor',
        '--prove',
        '--json',
        '--settings',
        machine.settings,
      ],
    ]);
  });

  it('says once how to read the sessions that the client has kept', async () => {
    const machine = fakeMachine();
    expect((await run(machine, '--yes')).out).not.toContain('import');
    const other = fakeMachine();
    writeClientFolder(join(other.home, '.claude'));
    expect((await run(other, '--yes')).out).toMatch(
      /\nPast: {2}npx waymark import {2}reads 2 sessions \([\d.]+ kB\) that Claude Code has kept\n/,
    );
    expect((await run(other, '--yes')).out).not.toContain('import');
  });

  it('prints one JSON object with --json', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    const { out } = await run(machine, '--yes', '--json');
    const result = JSON.parse(out);
    expect(result).toEqual({
      scope: 'user',
      file: machine.settings,
      changed: true,
      added: HOOKS.length,
      removed: 0,
      statusLine: false,
      backup: expect.stringMatching(/\.backup$/),
      diff: expect.stringContaining('+++ '),
      warnings: [],
      proof: PROVED,
    });
    const again = JSON.parse((await run(machine, '--yes', '--json')).out);
    expect(again).toMatchObject({
      changed: false,
      added: 0,
      removed: 0,
      backup: null,
      diff: '',
      proof: null,
    });
  });

  it('ends with 1 when the proof fails, leaves the hooks installed and says how to undo', async () => {
    const machine = fakeMachine(
      {},
      { stdout: JSON.stringify({ ok: false, message: 'no worker' }) },
    );
    const { status, out } = await run(machine, '--yes', '--local');
    expect(status).toBe(1);
    expect(out).toContain('no worker');
    expect(out).toContain('npx waymark uninstall --scope local');
    expect(existsSync(`${machine.around.cwd}/.claude/settings.local.json`)).toBe(true);
  });

  it('says so when the doctor does not answer at all', async () => {
    const { status, out } = await run(
      fakeMachine({}, { code: 1, stdout: '', stderr: 'Error: Cannot find module' }),
      '--yes',
    );
    expect(status).toBe(1);
    expect(out).toContain('Cannot find module');
  });

  it('proves nothing with --no-prove', async () => {
    const machine = fakeMachine();
    expect(await run(machine, '--yes', '--no-prove')).toMatchObject({ status: 0 });
    expect(machine.runs).toEqual([]);
  });

  it('shows the change and touches nothing in a dry run', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    const { status, out } = await run(machine, '--dry-run');
    expect(status).toBe(0);
    expect(out).toContain('+                        "command": "');
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
    expect(existsSync(machine.around.folder.root)).toBe(false);
    expect(JSON.parse((await run(machine, '--dry-run', '--json')).out)).toMatchObject({
      changed: true,
      added: HOOKS.length,
    });
  });

  it('shows what uninstalling would do in a dry run', async () => {
    const machine = fakeMachine();
    await run(machine, '--yes');
    expect(
      JSON.parse((await run(machine, '--dry-run', '--uninstall', '--json')).out),
    ).toMatchObject({ changed: true, removed: HOOKS.length });
    expect(existsSync(machine.settings)).toBe(true);
  });

  it('takes everything out again and says where the data is', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await run(machine, '--yes');
    const { status, out } = await run(machine, '--uninstall', '--yes');
    expect(status).toBe(0);
    expect(out).toContain(machine.around.folder.root);
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
  });

  it('says in one line what is wrong, and in one what to do', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, '{\n  "a": 1,\n}');
    const { status, out, err } = await run(machine, '--yes');
    expect([status, out]).toEqual([1, '']);
    expect(err.split('\n')).toHaveLength(3);
    expect(err).toContain(`${machine.settings}: line 3, column 1`);
    expect(await run(machine, '--yes', '--json')).toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  it('reports a failed system call as an expected fault, and lets a bug through', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.around.folder.root, 'in the way');
    expect((await run(machine, '--yes')).status).toBe(1);
    chmodSync(machine.around.folder.root, 0o600);
    const broken = {
      ...machine,
      around: {
        ...machine.around,
        environment: new Proxy(
          {},
          {
            get: () => {
              throw new TypeError('bug');
            },
          },
        ),
      },
    };
    await expect(run(broken, '--yes')).rejects.toThrow('bug');
  });
});
