import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { STATES } from '../sessions/states.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');
const hasShell = (name: string): boolean => spawnSync(name, ['-c', ':']).status === 0;

let environment: Readonly<Record<string, string>> = {};
let [root, work] = ['', ''];

afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-test-')));
  work = `${root}/work`;
  for (const folder of [`${root}/bin`, `${work}/folder`]) mkdirSync(folder, { recursive: true });
  writeFileSync(`${work}/fine.pem`, '');
  symlinkSync(WAYMARK, `${root}/bin/waymark`);
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  for (const name of ['two-sessions', 'failures', 'dead-entry', 'dead-deliveries'])
    await STATES[name]?.(folder);
  mkdirSync(`${folder.root}/handlers`);
  writeFileSync(`${folder.root}/handlers/notify.sh`, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  environment = {
    PATH: `${root}/bin:${process.env['PATH']}`,
    HOME: root,
    TERM: 'dumb',
    WAYMARK_HOME: folder.root,
    XDG_RUNTIME_DIR: `${root}/run`,
    ZDOTDIR: root,
  };
});

/** The lines that the entry answers. */
function ask(...words: readonly string[]): readonly string[] {
  const args = [WAYMARK, 'completion', '--for', 'zsh', '--', ...words];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: environment,
  });
  expect(status).toBe(0);
  return stdout.split('\n').slice(0, -1);
}

function values(...words: readonly string[]): readonly string[] {
  return ask(...words).map((line) => line.split('\t')[0] ?? '');
}

describe('completion', () => {
  it.each([
    [['sta'], ['status', 'statusline']],
    [['help', 'dead', 're'], ['retry']],
    [['--no-color', 'webh'], ['webhooks']],
    [
      ['dead', 'list', '--h'],
      ['--handler', '--help'],
    ],
    [
      ['dead', '--h'],
      ['--handler', '--help'],
    ],
    [
      ['events', '--count-by', ''],
      ['type', 'source', 'hour'],
    ],
    [['events', '--count-by=h'], ['--count-by=hour']],
    [['events', '--limit', ''], []],
    [
      ['config', 'set', 'logLevel', ''],
      ['debug', 'info', 'warn', 'error'],
    ],
    [['config', 'set', 'autostart', 't'], ['true']],
    [['config', 'idle'], ['idleExit']],
    [['emit', 'checkpoint.c'], ['checkpoint.created']],
    [['docs', 'inst'], ['installing']],
    [['webhooks', 'add', '--ca-file', ''], [':files']],
    [['sessions', '--project', ''], [':folders']],
    [['handlers', 'test', ''], ['notify']],
    [['schedule', 'run', 'c'], ['cleanup']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['nope', ''], []],
    [['events', '--', '--lim'], []],
  ])('of %j is %j', (words, expected) => {
    expect(values(...words)).toEqual(expected);
  });

  it('knows what was recorded, with what it is', () => {
    const sessions = ask('show', '');
    expect(sessions.at(-1)).toBe('last\tthe latest session of this folder');
    expect(sessions.length).toBeGreaterThan(2);
    for (const line of sessions) expect(line).toMatch(/^[\w-]+\t\S/);
    const [first = ''] = values('show', '');
    expect(first).toHaveLength(8);
    expect(values('trace', `${first}-`).join()).toMatch(new RegExp(`^${first}-`));
    for (const words of [
      ['failures', 'show', ''],
      ['dead', 'retry', ''],
    ])
      expect(ask(...words).length).toBeGreaterThan(0);
  });

  it('answers nothing where there is no state folder, and says nothing', () => {
    const args = [WAYMARK, 'completion', '--for', 'fish', '--', 'show', ''];
    const env = { ...environment, WAYMARK_HOME: 'relative' };
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a shell does with a script. */
function inShell(shell: string, script: string): readonly string[] {
  const { stdout, stderr } = spawnSync(shell, [...(shell === 'zsh' ? ['-f'] : []), '-c', script], {
    encoding: 'utf8',
    cwd: work,
    env: environment,
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  return stdout
    .replaceAll('\r', '')
    .split('\n')
    .filter((line) => line !== '');
}

describe.runIf(hasShell('bash'))('bash', () => {
  const complete = (line: string): readonly string[] =>
    inShell(
      'bash',
      `compopt() { echo "compopt $*"; }; eval "$(waymark completion bash)"; eval "$(waymark completion bash)"
COMP_LINE=${quoted(line)} COMP_POINT=${line.length}; _waymark; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  it.each([
    ['waymark sta', ['status', 'statusline']],
    ['waymark   dead  re', ['retry']],
    ['waymark events --count-by=h', ['hour']],
    ['waymark events --count-by "h', ['hour']],
    ["waymark events --type 'checkpoint.cre", ['checkpoint.created']],
    ['waymark webhooks add --ca-file ', ['compopt -o default']],
    ['waymark sessions --project ', ['compopt -o dirnames']],
    ['waymark $(touch here) ', []],
    ['waymark `touch here` dead ', []],
  ])('completes %s', (line, expected) => {
    expect(complete(line)).toEqual(expected);
    expect(existsSync(`${work}/here`)).toBe(false);
  });

  it('completes what is behind a sign at which it parts words', () => {
    const [whole = ''] = values('dead', 'show', '').filter((id) => id.includes('@'));
    const [event = '', name] = whole.split('@');
    expect(complete(`waymark dead show ${event}@`)).toContain(name);
  });
});

describe.runIf(hasShell('fish'))('fish', () => {
  const complete = (line: string): readonly string[] =>
    inShell('fish', `waymark completion fish | source; complete -C '${line}'`);

  it('completes commands with their meaning, values, ids and files', () => {
    expect(complete('waymark stat')).toEqual([
      'status\tShow hooks, worker, today, queue, and problems',
      'statusline\tPrint the status line for the JSON from Claude Code',
    ]);
    expect(complete('waymark events --count-by=h')).toEqual(['--count-by=hour']);
    expect(complete('waymark show l')).toEqual(['last\tthe latest session of this folder']);
    expect(complete('waymark webhooks add --ca-file fi').map((one) => one.split('\t')[0])).toEqual([
      'fine.pem',
    ]);
    expect(complete('waymark sessions --project fo').map((one) => one.split('\t')[0])).toEqual([
      'folder/',
    ]);
  });
});

describe.runIf(hasShell('zsh'))('zsh', () => {
  /**
   * Types a line and a tab into a shell of its own, and waits until the terminal shows what is
   * expected.
   */
  const complete = (line: string, expected: string): string =>
    inShell(
      'zsh',
      `zmodload zsh/zpty; zpty z zsh -f -i
zpty -w z 'PS1=; autoload -U compinit; compinit -u -d $HOME/dump; eval "$(waymark completion zsh)"; print ready-now'
zpty -r z out '*ready-now'; zpty -r z out '*ready-now'
zpty -n -w z ${quoted(line)}$'\\t'; zpty -r z out ${quoted('*')}${quoted(expected)}'*'; print -r -- "$out"; zpty -d z`,
    ).join('\n');

  it.each([
    ['waymark sched', 'waymark schedule'],
    ['waymark events --count-by=h', '--count-by=hour'],
    ['waymark show las', 'waymark show last'],
    ['waymark webhooks add --ca-file fi', '--ca-file fine.pem'],
  ])('completes %s', (line, expected) => {
    expect(complete(line, expected)).toContain(expected);
  });
});
