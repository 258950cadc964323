import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { packageVersion } from '../../lib/core/package-folder.ts';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { readOwnCommand } from '../support/own-command.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { START } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import type { Printed } from './session-file.ts';
import { STATES } from './states.ts';

const DIST = join(import.meta.dirname, '../../dist');

/** The clock of a session: two hours after the prepared store begins. */
const NOW = START + 7_200_000;

/** One folder for one session: its state, its working directory, its home. */
export interface SessionShell {
  /** Runs one command. What varies from run to run has its placeholder in the result. */
  run(command: string): Promise<Printed>;
}

export function sessionShell(): SessionShell {
  const root = tempFolder();
  const bin = `${root}/bin`;
  let cwd = `${root}/work`;
  for (const folder of [bin, cwd, `${root}/home`]) mkdirSync(folder);
  symlinkSync(join(DIST, 'waymark.cjs'), `${bin}/waymark`);
  symlinkSync(process.execPath, `${bin}/node`);
  writeFileSync(`${bin}/claude`, '#!/bin/sh\necho "2.1.330 (Claude Code)"\n', { mode: 0o755 });
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const environment = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: `${root}/home`,
    TZ: 'UTC',
    WAYMARK_HOME: folder.root,
    XDG_RUNTIME_DIR: `${root}/run`,
    CLAUDE_CONFIG_DIR: `${root}/home/.claude`,
    WAYMARK_AUTOSTART: 'false',
    TMPDIR: root,
  };
  const runAny = async (command: string): Promise<Printed> => {
    const [name, argument = ''] = command.split(' ');
    if (name === 'prepare') return prepare(folder, command.split(' ').slice(1));
    if (name === 'cd') {
      cwd = resolve(cwd, argument);
      return { out: '', err: '', status: 0 };
    }
    const own = readOwnCommand(command);
    if (own === undefined) return runInShell(command, cwd, environment);
    const columns = Number(own.environment['COLUMNS'] ?? 80);
    const setting = { cwd, environment: { ...environment, ...own.environment }, now: NOW };
    vi.stubEnv('TZ', setting.environment.TZ); // local days are those of the process
    return runCommand(folder, own.args, { ...setting, columns });
  };
  onTestFinished(async () => {
    await runCommand(folder, ['worker', 'stop'], { environment });
  });
  return {
    run: async (command) => {
      const { out, err, status } = await runAny(command);
      return { out: withPlaceholders(out, root), err: withPlaceholders(err, root), status };
    },
  };
}

async function prepare(folder: StateFolder, names: readonly string[]): Promise<Printed> {
  for (const name of names) {
    const state = STATES[name];
    if (state === undefined) throw new Error(`Cannot prepare ${name}: there is no such state`);
    await state(folder);
  }
  return { out: '', err: '', status: 0 };
}

function runInShell(command: string, cwd: string, env: Readonly<Record<string, string>>): Printed {
  const { stdout, stderr, status, error } = spawnSync('/bin/sh', ['-c', command], {
    ...{ cwd, env, encoding: 'utf8', timeout: 30_000 },
  });
  if (error !== undefined) throw error;
  return { out: stdout, err: stderr, status: status ?? -1 };
}

/** Ids that were prepared end in a small number and stay; others are random. */
function withPlaceholders(text: string, root: string): string {
  return text
    .replaceAll(root, '<root>')
    .replaceAll(packageVersion(), '<version>')
    .replace(/\/install\/[0-9a-f]{16}\./g, '/install/<id>.')
    .replace(/\b(Node|git version) [\d.]+/g, '$1 <version>')
    .replace(/("node": )"[\d.]+"/g, '$1"<version>"')
    .replace(/("platform": )"[\w-]+"/g, '$1"<platform>"')
    .replace(/\bevt_\d{8}_\d{6}_(?!0{13})[0-9a-f]{16}\b/g, '<id>')
    .replace(KEPT_ID, '<id>')
    .replace(/\bwaymark-[0-9a-f]{8}(?=\.service)/g, 'waymark-<id>')
    .replace(/\bwhsec_[A-Za-z0-9+/]{32,}=*/g, '<secret>')
    .replace(TIME, (time) => (isNow(time) ? '<time>' : time))
    .replace(/^[\d:]{8} (?=(?:info|warn|error) )/gm, '<time> ')
    .replace(/("pid":|"ms": |"seconds": |\bpid[= ])\d+(?:\.\d+)?/g, '$1<n>')
    .replace(/\bin \d+ ms\b/g, 'in <n> ms')
    .replace(/\bin \d+d(?= +Exit status)/g, 'in <n>d')
    .replace(/("(?:store|total)": )\d{4,}/g, '$1<n>')
    .replace(/\d[\d.]* [kMGT]B\b(?= free| of the budget|.*queue|",?$|$)/gm, '<size>')
    .replace(/("kind": "store",\s+"bytes": )\d+/g, '$1<n>')
    .replace(/(?<=^\| Disk \| )\d[\d.]* [kM]B/gm, '<size>')
    .replace(/^(store +)\d[\d.]* kB/gm, '$1<size>')
    .replace(/^( +"free": )\d+/gm, '$1<n>')
    .replace(/ConnectionFailed\(\\?".*?\\?"\)|unable to open database file/g, '<cannot open>')
    .replace(/(?<=in JSON at position )\d+(?: \(line \d+ column \d+\))?/g, '<n>')
    .replaceAll('\u001b', '<esc>');
}

/** Ids of kept states of files. */
const KEPT_ID =
  /(?<=saved as |waymark diff |"(?:id|files|from|to|before|after|snapshot|undo|checkpoint)": "|→ )[0-9a-f]{10}\b|^[0-9a-f]{10}(?= {1,2})/gm;

const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d\.\d{3}Z)?/g;

/** Whether this is a time of the machine's clock, not of the session's. */
function isNow(time: string): boolean {
  return Math.abs(Date.parse(`${time.slice(0, 10)}T12:00:00Z`) - Date.now()) < 2 * 86_400_000;
}
