import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { type Flags, NO_FLAGS } from '../../../installer/flags.ts';
import { type Decision, HINTS, type Prompts } from '../../../installer/prompts.ts';
import { runWizard } from '../../../installer/wizard.ts';
import { WaymarkError } from '../../../lib/core/errors.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { writeClientFolder } from '../../support/client-folder.ts';
import { fakeMachine, type FakeMachine } from './fake-surroundings.ts';

interface Script {
  readonly scope?: 'user' | 'project' | 'local';
  readonly features?: readonly (typeof HOOKS)[number]['feature'][];
  readonly mode?: 'resident' | 'on-demand';
  /** What is said to the change, one after the other. */
  readonly decisions?: readonly (Decision | 'cancel')[];
  /** Answers to yes-or-no questions by their first word; `cancel` presses Ctrl-C. */
  readonly answers?: Readonly<Record<string, boolean | 'cancel'>>;
}

/** Prompts that answer by script and keep all that was said and asked. */
function scripted(script: Script): {
  readonly prompts: Prompts;
  readonly said: string[];
  readonly asked: string[];
} {
  const said: string[] = [];
  const asked: string[] = [];
  const say = (line: string) => void said.push(line);
  const decisions = [...(script.decisions ?? ['yes' as const])];
  const answer = <T>(question: string, given: T): Promise<T> => {
    asked.push(question);
    return Promise.resolve(given);
  };
  const prompts: Prompts = {
    begin: say,
    say,
    warn: say,
    show: say,
    end: say,
    chooseScope: (question) => answer(question, script.scope ?? 'user'),
    chooseFeatures: (initial) => answer('features', script.features ?? initial),
    chooseWorkerMode: (initial) => answer('mode', script.mode ?? initial),
    decide: (question) => {
      const given = decisions.shift() ?? 'cancel';
      if (given !== 'cancel') return answer(question, given);
      asked.push(question);
      return Promise.reject(new WaymarkError('INSTALL_CANCELLED', 'Cancelled'));
    },
    confirm: (question, initial) => {
      const given = script.answers?.[question.split(/\W/)[0] ?? ''] ?? initial;
      if (given !== 'cancel') return answer(question, given);
      asked.push(question);
      return Promise.reject(new WaymarkError('INSTALL_CANCELLED', 'Cancelled'));
    },
    during: (text, work) => {
      said.push(text);
      return work((told) => said.push(told));
    },
  };
  return { prompts, said, asked };
}

async function wizard(machine: FakeMachine, script: Script, flags: Partial<Flags> = {}) {
  const { prompts, said, asked } = scripted(script);
  const status = await runWizard({ ...NO_FLAGS, ...flags }, machine.around, prompts, false);
  return { status, said: said.join('\n'), asked };
}

describe('the wizard', () => {
  it('asks, shows the change, writes it, proves it, and says how to look and how to undo', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    const { status, said, asked } = await wizard(machine, {
      features: ['failure'],
      mode: 'on-demand',
    });
    expect(status).toBe(0);
    expect(asked).toEqual([
      'For whom?',
      'features',
      expect.stringContaining('status line'),
      'mode',
      'Write this?',
    ]);
    for (const text of [
      '3 entries for 3 events; your 4 hooks stay',
      'Verified: a sample sent at ',
      ':00.120.',
      'waymark status',
      'npx waymark uninstall',
    ])
      expect(said).toContain(text);
    expect(readFileSync(machine.settings, 'utf8')).toContain('post-tool-use-failure');
    expect(JSON.parse(readFileSync(machine.around.folder.configFile, 'utf8'))).toEqual({
      idleExit: 60,
    });
  });

  it('offers last to read what the client has kept, and reads it when that is wanted', async () => {
    const machine = fakeMachine();
    const environment = { ...machine.around.environment, WAYMARK_AUTOSTART: 'false' };
    writeClientFolder(join(machine.home, '.claude'));
    const around = { ...machine.around, environment };
    const declined = await wizard({ ...machine, around }, { answers: { Read: false } });
    expect(declined.asked.at(-1)).toMatch(
      /^Read the 2 sessions \([\d.]+ kB\) that Claude Code has kept/,
    );
    expect(declined.said).toContain('Later: `npx waymark import`');
    expect(existsSync(around.folder.store)).toBe(false);
    const cancelled = await wizard({ ...machine, around }, { answers: { Read: 'cancel' } });
    expect(cancelled.status).toBe(0);
    const { status, said } = await wizard({ ...machine, around }, {});
    expect(status).toBe(0);
    expect(said).toContain('2 sessions: 6 prompts, 3 calls, 1 of them failed.');
    expect(existsSync(around.folder.store)).toBe(true);
  });

  it('shows the diff on request, and asks again', async () => {
    const machine = fakeMachine();
    const { said, asked } = await wizard(machine, { decisions: ['diff', 'yes'] });
    expect(asked.slice(-2)).toEqual(['Write this?', 'Write this?']);
    expect(said).toContain('+++ ');
    expect(existsSync(machine.settings)).toBe(true);
  });

  it('chooses by default what the silent form does', async () => {
    const [asked, silent] = [fakeMachine(), fakeMachine()];
    await wizard(asked, {});
    await install({ scope: 'user' }, silent.around);
    const read = ({ settings, home }: FakeMachine) =>
      readFileSync(settings, 'utf8').replaceAll(dirname(home), '');
    expect(read(asked)).toBe(read(silent));
    expect(existsSync(asked.around.folder.configFile)).toBe(false);
  });

  it('leaves the time of a worker on demand alone when that is chosen again', async () => {
    const machine = fakeMachine();
    mkdirSync(machine.around.folder.root, { mode: 0o700 });
    writeFileSync(machine.around.folder.configFile, '{"idleExit": 300}');
    await wizard(machine, {});
    expect(readFileSync(machine.around.folder.configFile, 'utf8')).toBe('{"idleExit": 300}');
  });

  it.each(Object.entries(HINTS))('has a short hint for %s', (_, hint) => {
    expect(hint.length).toBeLessThanOrEqual(30);
  });

  it('does not ask what the flags say', async () => {
    const { asked } = await wizard(
      fakeMachine(),
      {},
      { scope: 'local', features: ['session'], worker: 'resident', statusLine: false },
    );
    expect(asked).toEqual(['Write this?']);
  });

  it.each([
    ['declined', 'no'],
    ['cancelled', 'cancel'],
  ] as const)('changes nothing when %s', async (_, decision) => {
    const machine = fakeMachine();
    await expect(wizard(machine, { decisions: [decision] })).rejects.toMatchObject({
      code: 'INSTALL_CANCELLED',
    });
    expect(existsSync(machine.settings)).toBe(false);
    expect(existsSync(machine.around.folder.root)).toBe(false);
  });

  it('offers what was chosen before', async () => {
    const machine = fakeMachine();
    await wizard(machine, { features: ['session'] });
    const again = await wizard(machine, {});
    expect(again.asked).not.toContain('Write this?');
    expect(again.said).toContain('Nothing to change');
  });

  it('offers to undo when the proof fails, and undoes it', async () => {
    const machine = fakeMachine({}, { stdout: '{"ok":false,"message":"no worker"}' });
    writeFileSync(machine.settings, OTHERS);
    const { status, said, asked } = await wizard(machine, {});
    expect(status).toBe(1);
    expect(said).toContain('no worker');
    expect(asked.at(-1)).toBe('Undo?');
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
  });

  it.each([
    ['declined', false],
    ['cancelled', 'cancel'],
  ] as const)('leaves the hooks in when undoing is %s', async (_, answer) => {
    const machine = fakeMachine({}, { stdout: '{"ok":false}' });
    const { status, said } = await wizard(machine, { answers: { Undo: answer } });
    expect(status).toBe(1);
    expect(said).toContain('The hooks stay installed.');
    expect(existsSync(machine.settings)).toBe(true);
  });

  it('uninstalls after showing the change, and keeps the data unless asked to remove it', async () => {
    const machine = fakeMachine();
    await wizard(machine, {});
    writeFileSync(machine.around.folder.store, '');
    const { said, asked } = await wizard(machine, {}, { uninstall: true });
    expect(asked).toEqual([
      'From which settings?',
      'Write this?',
      expect.stringContaining('Delete'),
    ]);
    expect(said).toContain(`with ${HOOKS.length} hooks: it did not exist before.`);
    expect(existsSync(machine.settings)).toBe(false);
    expect(existsSync(machine.around.folder.store)).toBe(true);
    await wizard(machine, { answers: { Delete: true } }, { uninstall: true });
    expect(existsSync(machine.around.folder.root)).toBe(false);
  });

  it('does not offer to delete data that other settings still use', async () => {
    const machine = fakeMachine();
    await wizard(machine, {});
    await wizard(machine, { scope: 'local' });
    const { asked } = await wizard(machine, { scope: 'local' }, { uninstall: true });
    expect(asked).toEqual(['From which settings?', 'Write this?']);
  });
});
