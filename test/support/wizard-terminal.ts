import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');

/** `script` of Linux gives a program a terminal; that of macOS takes other arguments. */
export const HAS_TERMINAL = process.platform === 'linux' && existsSync('/usr/bin/script');

/** The settings that the user has: a status line of their own. */
export const OWN = '{\n  "statusLine": { "type": "command", "command": "mine" }\n}\n';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface WizardRun {
  readonly settings: string;
  readonly ended: Promise<number | null>;
  /** All that was drawn, without colours and movements. */
  readonly text: () => string;
  /** The same as it was written. */
  readonly raw: () => string;
  /** Presses keys when a question is asked for the `count`th time. */
  readonly answer: (question: string, keys: string, count?: number) => Promise<void>;
  readonly end: () => void;
}

/** Starts the built wizard on a terminal of this size, in the home `home`. */
export function startWizard(
  home: string,
  { columns, rows }: TerminalSize,
  args: readonly string[] = [],
): WizardRun {
  const settings = join(home, '.claude/settings.json');
  mkdirSync(join(home, '.claude'), { recursive: true });
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
  const text = (): string => drawn.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  return {
    settings,
    ended,
    text,
    raw: () => drawn,
    answer: async (question, keys, count = 1) => {
      await eventually(`${question} is asked`, () => text().split(`◆  ${question}`).length > count);
      child.stdin.write(keys);
    },
    end: () => void child.kill('SIGKILL'),
  };
}
