import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');
const ENTER = '\r';
const DOWN = '\u001b[B';
const OWN = '{\n  "statusLine": { "type": "command", "command": "mine" }\n}\n';

/** `script` of Linux gives a program a terminal; that of macOS takes other arguments. */
const HAS_TERMINAL = process.platform === 'linux' && existsSync('/usr/bin/script');

/** The wizard on a terminal of this size, in a home of its own with a status line. */
function wizard(columns: number, rows: number, ...args: readonly string[]) {
  const home = tempFolder();
  const settings = join(home, '.claude/settings.json');
  mkdirSync(join(home, '.claude'));
  if (!existsSync(settings)) writeFileSync(settings, OWN);
  const command = [process.execPath, WAYMARK, 'install', ...args].map((word) => `'${word}'`);
  const child = spawn(
    'script',
    ['-qfec', `stty rows ${rows} cols ${columns}; exec ${command.join(' ')}`, '/dev/null'],
    {
      cwd: home,
      env: { HOME: home, PATH: '/usr/bin:/bin', TERM: 'xterm-256color', SHELL: '/bin/sh' },
    },
  );
  let drawn = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    drawn += text;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = (): string => drawn.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  return {
    settings,
    ended,
    text,
    /** Presses keys when a question is asked for the `count`th time. */
    answer: async (question: string, keys: string, count = 1): Promise<void> => {
      await eventually(`${question} is asked`, () => text().split(`◆  ${question}`).length > count);
      child.stdin.write(keys);
    },
  };
}

describe.skipIf(!HAS_TERMINAL)('the wizard on a terminal', () => {
  it.each([
    [80, 24],
    [60, 15],
  ])(
    'is answered with keys, shows the diff on request, and breaks no word at %i x %i',
    async (...size) => {
      const { settings, ended, text, answer } = wizard(...size, '--no-prove');
      await answer('For whom?', ENTER);
      await answer('What should be recorded?', ENTER);
      await answer('Show context, cost, queue', 'y');
      await answer('How should the worker run?', ENTER);
      await answer('Write this?', `${DOWN}${DOWN}${ENTER}`);
      await answer('Write this?', ENTER, 2);
      expect(await ended).toBe(0);
      expect(readFileSync(settings, 'utf8')).toContain('session-start');
      const words = text().replace(/\s*\n│? */g, ' ');
      expect(words).toContain(
        '14 entries for 13 events; your status line is kept inside; a backup is kept.',
      );
      expect(words).toContain('Running sessions join at their next prompt.');
      const wide = text()
        .split('\n')
        .filter((line) => /^[│◇◆●┌└]/.test(line) && line.length > size[0] && !line.includes('/'));
      expect(wide).toEqual([]);
    },
  );

  it.each([
    ['No', `${DOWN}${ENTER}`],
    ['Ctrl+C', '\u0003'],
  ])('leaves the file as it was after %s', async (_, keys) => {
    const { settings, ended, text, answer } = wizard(
      80,
      24,
      '--scope',
      'user',
      '--features',
      'session',
      '--status-line',
      '--worker',
      'resident',
    );
    await answer('Write this?', keys);
    expect(await ended).toBe(130);
    expect(text()).toContain('Nothing was changed.');
    expect(readFileSync(settings, 'utf8')).toBe(OWN);
  });
});
