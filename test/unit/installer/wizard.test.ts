import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Flags, NO_FLAGS } from '../../../installer/flags.ts';
import type { Prompts } from '../../../installer/prompts.ts';
import { runWizard } from '../../../installer/wizard.ts';
import { WaymarkError } from '../../../lib/core/errors.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine, PROVED, type FakeMachine } from './fake-surroundings.ts';

interface Script {
  readonly scope?: 'user' | 'project' | 'local';
  readonly features?: readonly (typeof HOOKS)[number]['feature'][];
  readonly mode?: 'resident' | 'on-demand';
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
  const answer = <T>(question: string, given: T): Promise<T> => {
    asked.push(question);
    return Promise.resolve(given);
  };
  const prompts: Prompts = {
    begin: say,
    say,
    warn: say,
    show: (title, text) => void said.push(title, text),
    end: say,
    chooseScope: (question) => answer(question, script.scope ?? 'user'),
    chooseFeatures: (initial) => answer('features', script.features ?? initial),
    chooseWorkerMode: () => answer('mode', script.mode ?? 'resident'),
    confirm: (question, initial) => {
      const given = script.answers?.[question.split(/\W/)[0] ?? ''] ?? initial;
      if (given !== 'cancel') return answer(question, given);
      asked.push(question);
      return Promise.reject(new WaymarkError('INSTALL_CANCELLED', 'Cancelled'));
    },
    during: (text, work) => {
      said.push(text);
      return work();
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
      '+++ ',
      PROVED.sentAt,
      PROVED.storedAt,
      'waymark status',
      'npx waymark uninstall',
    ])
      expect(said).toContain(text);
    expect(readFileSync(machine.settings, 'utf8')).toContain('post-tool-use-failure');
    expect(JSON.parse(readFileSync(machine.around.folder.configFile, 'utf8'))).toEqual({
      idleExit: 60,
    });
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
    ['declined', false],
    ['cancelled', 'cancel'],
  ] as const)('changes nothing when %s', async (_, answer) => {
    const machine = fakeMachine();
    await expect(wizard(machine, { answers: { Write: answer } })).rejects.toMatchObject({
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
    expect(said).toContain('left installed');
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
    expect(said).toContain(`Removed ${HOOKS.length} hooks and the status line`);
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
