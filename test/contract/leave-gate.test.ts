import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type GatePlace, gatePlace } from '../support/gate-place.ts';
import {
  type GateRunner,
  gateRunners,
  launcherFile,
  runGate,
  withNode,
} from '../support/gate-runners.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { finished, hookErrors, queuedEvents, recordedInput } from '../support/run-hook.ts';

const runners = gateRunners('stop-failure');

/** Not every system has it. */
const HAS_SETSID = spawnSync('/bin/sh', ['-c', 'command -v setsid']).status === 0;

const QUIET = { status: 0, stdout: '', stderr: '', drained: true };

/** Says who it is, and hangs; the second time it keeps its input. */
const HANGS_ONCE = `const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const keep = (name, what) => { writeFileSync(name + '.tmp', what); renameSync(name + '.tmp', name); };
const { STARTED } = process.env;
if (existsSync(STARTED)) keep(STARTED + '.input', readFileSync(0));
else { keep(STARTED, String(process.pid)); setTimeout(() => undefined, 60_000); }`;

/** As Claude Code gives it: far more than a pipe holds, and what a shell could stumble over. */
function payload(): string {
  const awkward = `"'\\n %s %% \${x} $(id) \`id\` \u2028 \n é漢😀 -e -n \\`;
  return `${JSON.stringify({ ...recordedInput('StopFailure'), error_details: awkward, unread: 'x'.repeat(400_000) })}\n`;
}

/** The launcher in a process group of its own, as Claude Code starts it. */
function start(
  { command, args }: GateRunner,
  input: string,
  environment: GatePlace['environment'],
): ChildProcess {
  const child = spawn(command, args, { env: environment, stdio: 'pipe', detached: true });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return child;
}

/** The launcher with another hook than ours behind it. */
function withHook(place: GatePlace, program: string): string {
  const hook = `${place.root}/hook.cjs`;
  writeFileSync(hook, program);
  const launcher = runners().launcher.replace(/^hook=.*/m, `hook='${hook}'`);
  return withNode(launcher, process.execPath);
}

describe.each(GATE_SHELLS)(`the gate that leaves in $name (${SHELLS_FOUND})`, (shell) => {
  it('hands its input on, and the hook records it when the launcher has gone', async () => {
    const place = gatePlace();
    const run = await runGate(
      launcherFile(place.root, shell, runners().launcher),
      payload(),
      place.environment,
    );
    expect(run).toEqual(QUIET);
    await eventually('both events are queued', () => queuedEvents(place.home).length === 2);
    expect(queuedEvents(place.home).map(({ event_type }) => event_type)).toEqual(
      expect.arrayContaining(['task.failed', 'checkpoint.created']),
    );
    expect(hookErrors(place.home)).toEqual([]);
  });

  it.each([
    [
      'and nobody of it is left there, where there is a setsid',
      (text: string) => text,
      !HAS_SETSID,
    ],
    [
      'and it is run once more, where there is none',
      (text: string) => text.replace('command -v setsid', 'command -v no-setsid'),
      true,
    ],
  ])(
    'is gone while the hook runs; loses nothing when its process group is ended, %s',
    async (_, change, isHit) => {
      const place = gatePlace();
      const launcher = start(
        launcherFile(place.root, shell, change(withHook(place, HANGS_ONCE))),
        payload(),
        place.environment,
      );
      expect(await finished(launcher)).toEqual({ status: 0, stdout: '', stderr: '' });
      await eventually('the hook runs', () => existsSync(place.started));
      const hook = Number(readFileSync(place.started, 'utf8'));
      await eventually('the group is as it stays', () => end(-(launcher.pid ?? 0)) === isHit);
      if (!isHit) end(hook);
      await eventually('the hook ran once more', () => existsSync(`${place.started}.input`));
      expect(readFileSync(`${place.started}.input`, 'utf8')).toBe(payload());
    },
  );
});

/** Ends a process, or a group by its negative id. @returns whether there was any. */
function end(pid: number): boolean {
  try {
    process.kill(pid, 'SIGTERM');
    return true;
  } catch {
    return false; // it has gone
  }
}
