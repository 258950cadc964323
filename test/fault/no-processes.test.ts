import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOOKS, STATUS_LINE } from '../../lib/hook/manifest.ts';
import { gateRunners } from '../support/gate-runners.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { recordedInput } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';

const runners = gateRunners();
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

/**
 * Runs a program as an ordinary user who may have no second process. Limits do not hold for root.
 */
const LIMITED = [
  ...(IS_ROOT ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
  ...['prlimit', '--nproc=1:1'],
];

function limited(words: readonly string[], options: Parameters<typeof spawnSync>[2] = {}) {
  const [program = '', ...args] = [...LIMITED, ...words];
  return spawnSync(program, args, { encoding: 'utf8', ...options });
}

/** Whether the limit can be set here, and holds: some containers and kernels let it pass. */
const HOLDS =
  limited(['true']).status === 0 && limited(['sh', '-c', 'x=$(/bin/echo 1)']).status !== 0;

/** What a shell cannot act upon: it has become Node, and Node aborts because it gets no thread. */
const NODE_ABORTED = 'SIGABRT';

describe.skipIf(!HOLDS)('a launcher when no process can be made', () => {
  it.each(GATE_SHELLS)(
    `never blocks a call, and ends with 0 unless Node itself aborts, in $name (${SHELLS_FOUND})`,
    ({ interpreter }) => {
      const place = tempFolder();
      chmodSync(place, 0o755);
      const state = join(place, 'state');
      mkdirSync(`${state}/views/failures`, { recursive: true });
      writeFileSync(`${state}/views/failures/needles`, 'tset\n');
      const session = '0a1b2c3d-4e5f-4678-9abc-def012345678';
      const environment = {
        PATH: process.env['PATH'] ?? '',
        HOME: place,
        WAYMARK_HOME: state,
        CLAUDE_CODE_SESSION_ID: session,
        CLAUDE_PROJECT_DIR: place,
        STARTED: `${place}/started`,
      };
      const input = JSON.stringify({
        ...recordedInput('PreToolUse'),
        session_id: session,
        tool_input: { command: 'npm run tset' },
      });
      const folder = runners().launcherFolder;
      const programs = [...HOOKS, STATUS_LINE].map(({ name }) => name);
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(programs));
      // bash tries again for 15 seconds before it gives up: one such launcher is enough
      const tried = programs.filter(
        (name) => name !== 'stop-failure' || !interpreter.includes('bash'),
      );
      for (const name of tried) {
        const file = `${place}/${name}`;
        const text = readFileSync(`${folder}/${name}`, 'utf8');
        writeFileSync(file, text.replace('#!/bin/sh', `#!${interpreter}`), { mode: 0o755 });
        writeFileSync(`${place}/node-found`, `${process.execPath}\n`);
        if (IS_ROOT) for (const path of [place, state]) chownSync(path, NOBODY, NOBODY);
        const { status, signal, stdout } = limited([file], { input, env: environment });
        expect({ name, stdout, status: status ?? signal }).toEqual({
          name,
          stdout: '',
          status: signal === null ? 0 : NODE_ABORTED,
        });
        // what needs no Node, or a shell stays above, ends well in any case
        if (['prevent-failure', 'stop-failure'].includes(name)) expect(status).toBe(0);
      }
    },
  );
});
