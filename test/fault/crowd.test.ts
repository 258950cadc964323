import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bytesIn, GATE_SESSION, type GatePlace, gatePlace } from '../support/gate-place.ts';
import { type GateRunner, gateRunners, launcherFile, withNode } from '../support/gate-runners.ts';
import { GATE_SHELLS } from '../support/gate-shells.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  finished,
  hookErrors,
  type HookRun,
  recordedInput,
  queuedEvents,
} from '../support/run-hook.ts';

const runners = gateRunners();
const bundles = hookBundles();
const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';

/** Calls at once on however few cores there are. */
const CROWD = isLong ? 200 : 50;

/**
 * How long after their start the first part of the input comes; the second takes half as long
 * again.
 */
const LATE_MS = isLong ? 6_000 : 1_500;

const QUIET: HookRun = { status: 0, stdout: '', stderr: '' };

/** More than a socket holds, so that the parent has to wait for the hook, too. */
const LARGE = 'x'.repeat(300_000);

function payload(event: string, nth: number): string {
  return JSON.stringify({
    ...recordedInput(event),
    session_id: GATE_SESSION,
    tool_use_id: `toolu_${nth}`,
    tool_response: LARGE,
  });
}

/**
 * A script after which time stands: how long a hook waits for its input is tested elsewhere, and
 * must not depend on the load here.
 */
function timeStands({ root }: GatePlace): string {
  const script = join(root, 'still.cjs');
  writeFileSync(script, 'const start = Date.now(); Date.now = () => start;');
  return script;
}

/** The launcher with a Node for which time stands; it takes no options from its environment. */
function stillLauncher(place: GatePlace): GateRunner {
  const [shell = { name: '', interpreter: '' }] = GATE_SHELLS;
  const launcher = readFileSync(runners().of(shell.name).command, 'utf8');
  const node = join(place.root, 'still-node');
  const start = `exec '${process.execPath}' --require '${timeStands(place)}' "$@"`;
  writeFileSync(node, `#!/bin/sh\n${start}\n`, { mode: 0o700 });
  return launcherFile(place.root, shell, withNode(launcher, node));
}

interface Start {
  readonly event: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts every hook before the first gets its input, which comes after `lateMs`, in two parts. */
async function startCrowd(
  { event, command, args }: Start,
  place: GatePlace,
  lateMs: number,
): Promise<readonly HookRun[]> {
  const children = Array.from({ length: CROWD }, () => {
    const child = spawn(command, args, { env: { ...place.environment }, stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    return child;
  });
  const runs = children.map((child) => finished(child));
  await sleep(lateMs);
  for (const [nth, { stdin }] of children.entries())
    stdin.write(payload(event, nth).slice(0, 40_000));
  await sleep(lateMs / 2);
  for (const [nth, { stdin }] of children.entries()) stdin.end(payload(event, nth).slice(40_000));
  return Promise.all(runs);
}

describe(`${CROWD} hooks at once, in a new session`, () => {
  it.each([
    ['at once', 0],
    ['late', LATE_MS],
  ])('count every call and make one checkpoint when the input comes %s', async (_, lateMs) => {
    const place = gatePlace();
    const launcher = stillLauncher(place);
    const runs = await startCrowd({ event: 'PostToolUse', ...launcher }, place, lateMs);
    expect(runs).toEqual(runs.map(() => QUIET));
    expect(bytesIn(`${place.session}/ops`)).toBe(CROWD);
    expect(queuedEvents(place.home).map(({ payload: { kind } }) => kind)).toEqual(['auto']);
    expect(hookErrors(place.home)).toEqual([]);
  });

  it('keep every event of a hook that is never throttled', async () => {
    const place = gatePlace();
    const stop = {
      event: 'Stop',
      command: process.execPath,
      args: ['--require', timeStands(place), `${bundles().folder}/stop.cjs`],
    };
    const runs = await startCrowd(stop, place, LATE_MS);
    expect(runs).toEqual(runs.map(() => QUIET));
    const ids = queuedEvents(place.home).map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(CROWD);
    expect(hookErrors(place.home)).toEqual([]);
  });
});
