import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runInstaller } from '../../../installer/run-installer.ts';
import { WaymarkError } from '../../../lib/core/errors.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine, PROVED, type FakeMachine } from './fake-surroundings.ts';

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the installer without a terminal; nothing may ask. */
async function run(machine: FakeMachine, ...args: string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const status = await runInstaller(args, '1.2.3', () => machine.around, {
    isInteractive: false,
    hasColour: false,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    loadPrompts: () => Promise.reject(new Error('asked without a terminal')),
  });
  return { status, ...said };
}

describe('install-hooks without a terminal', () => {
  it.each([[[]], [['--uninstall']], [['--scope', 'user']], [['--json']]])(
    'never asks: with %j it says what it needs and ends with 2',
    async (args) => {
      const machine = fakeMachine();
      const { status, out, err } = await run(machine, ...args);
      expect(status).toBe(2);
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
      PROVED.sentAt,
      PROVED.storedAt,
      'waymark status',
      'npx install-hooks --uninstall',
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
    const { status, out } = await run(machine, '--yes', '--scope', 'local');
    expect(status).toBe(1);
    expect(out).toContain('no worker');
    expect(out).toContain('npx install-hooks --uninstall --scope local');
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
    expect(JSON.parse((await run(machine, '--yes', '--json')).out).error).toMatchObject({
      code: 'SETTINGS_INVALID',
      remedy: expect.any(String),
    });
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

  it('names npx with the package where the package is not installed', async () => {
    const machine = fakeMachine();
    const cached = {
      ...machine,
      around: { ...machine.around, temporaryFolders: [machine.around.origin.folder] },
    };
    const { out } = await run(cached, '--yes');
    expect(out).toContain('npx -p waymark install-hooks --uninstall');
  });

  it('ends with 130 when cancelled', async () => {
    const machine = fakeMachine();
    const status = await runInstaller([], '1', () => machine.around, {
      isInteractive: true,
      hasColour: false,
      out: () => undefined,
      err: () => undefined,
      loadPrompts: () => Promise.reject(new WaymarkError('INSTALL_CANCELLED', 'Cancelled')),
    });
    expect(status).toBe(130);
  });
});
