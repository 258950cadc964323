import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listFilesBelow } from '../../lib/core/file-keeper.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { GATE_CASES, type GateCase, type GateOutcome } from '../support/gate-cases.ts';
import {
  bytesIn,
  DUE,
  GATE_SESSION,
  type GatePlace,
  gatePlace,
  makeSession,
  THROTTLED,
} from '../support/gate-place.ts';
import {
  gateRunners,
  type GateRun,
  handedOn,
  launcherFile,
  runGate,
  withNode,
} from '../support/gate-runners.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { queuedEvents, recordedInput } from '../support/run-hook.ts';

const runners = gateRunners();

/** In this shell Node itself is behind the gate. */
const FIRST = GATE_SHELLS[0] ?? { name: 'sh', interpreter: '/bin/sh' };

/** More than a socket holds: leaving it unread breaks the pipe of the writer. */
const UNREAD = 'x'.repeat(400_000);

function payload(fields: GateCase['fields'] = {}): string {
  return JSON.stringify({
    ...recordedInput('PostToolUse'),
    tool_response: UNREAD,
    session_id: GATE_SESSION,
    ...fields,
  });
}

function withChanges(
  { environment }: GatePlace,
  changes: GateCase['environment'] = {},
): Record<string, string> {
  const entries = Object.entries({ ...environment, ...changes });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function outcomeOf(place: GatePlace, run: GateRun): GateOutcome {
  const says = run.stdout !== '';
  return {
    ops: bytesIn(`${place.session}/ops`),
    queued: queuedEvents(place.home).length,
    ...(says ? { says } : {}),
    node: bytesIn(place.started) === 1,
  };
}

async function outcomeIn(
  runner: string,
  { prepare, environment, fields }: GateCase,
): Promise<readonly [GateRun, GateOutcome]> {
  const place = gatePlace();
  prepare?.(place);
  const run = await runGate(runners().of(runner), payload(fields), withChanges(place, environment));
  return [run, outcomeOf(place, run)];
}

/**
 * What a gate does by itself: what it leaves behind, and what it hands on to a stand-in for Node.
 */
async function ownPart(shell: string, { prepare, environment, fields }: GateCase) {
  const place = gatePlace();
  prepare?.(place);
  const changed = withChanges(place, environment);
  const run = await runGate(runners().beforeStandIn(shell), payload(fields), changed);
  const files = listFilesBelow(place.root, '').map(({ path, bytes }) =>
    `${path} ${bytes}`.replace(/won-\d+/, 'won-<time>'),
  );
  return { run, node: bytesIn(place.started), given: handedOn(place.environment), files };
}

/** The kinds of checkpoints that so many calls at once make. */
async function checkpointsOf(
  calls: number,
  runner: string,
  place: GatePlace,
): Promise<readonly unknown[]> {
  const runs = await Promise.all(
    Array.from({ length: calls }, () =>
      runGate(runners().of(runner), payload(), place.environment),
    ),
  );
  expect(new Set(runs.map((run) => JSON.stringify(run)))).toEqual(
    new Set([JSON.stringify({ status: 0, stdout: '', stderr: '', drained: true })]),
  );
  return queuedEvents(place.home).map((event) => event.payload['kind']);
}

const QUIET = { status: 0, stderr: '', drained: true };

describe('the PostToolUse hook without a gate', () => {
  it.each(GATE_CASES)('in $name', async (given) => {
    const [run, outcome] = await outcomeIn('node', given);
    expect(run).toMatchObject(QUIET);
    expect(outcome).toEqual({ ...given.outcome, node: true });
  });
});

describe(`the gate in ${FIRST.name}`, () => {
  it.each(GATE_CASES)('does the same in $name', async (given) => {
    const [run, outcome] = await outcomeIn(FIRST.name, given);
    expect(run).toMatchObject(QUIET);
    expect(outcome).toEqual(given.outcome);
  });
});

describe(`the gate in every shell (${SHELLS_FOUND})`, () => {
  it.each(GATE_CASES)(`hands on the same, and leaves the same, in $name`, async (given) => {
    const wanted = await ownPart(FIRST.name, given);
    expect(wanted).toMatchObject({
      run: { ...QUIET, stdout: '' },
      node: given.outcome.node ? 1 : undefined,
    });
    for (const { name } of GATE_SHELLS.slice(1))
      expect(await ownPart(name, given), name).toEqual(wanted);
  });
});

describe.each(GATE_SHELLS)(`the gate in $name (${SHELLS_FOUND})`, (shell) => {
  it('hands the payload on as it is', async () => {
    const target = `/a "b" 'c' \\d\\n %s %% \${x} \u2028 \n end.txt`;
    const place = gatePlace();
    makeSession(place.session, DUE);
    await runGate(
      runners().of(shell.name),
      payload({ tool_name: 'Write', tool_input: { file_path: target } }),
      place.environment,
    );
    expect(queuedEvents(place.home)).toMatchObject([
      { payload: { operation_count: 8, call: { target } } },
    ]);
  });

  it('counts for the session of the payload when the environment names another', async () => {
    const place = gatePlace();
    makeSession(place.session, THROTTLED);
    makeSession(`${place.home}/throttle/other`, DUE);
    await runGate(runners().of(shell.name), payload(), {
      ...place.environment,
      CLAUDE_CODE_SESSION_ID: 'other',
    });
    expect(bytesIn(`${place.session}/ops`)).toBe(8);
    expect(queuedEvents(place.home)).toEqual([]);
  });

  // the race is one between processes of Node, which all shells start alike: fifty of them in one
  // shell are enough
  const crowd = shell === FIRST ? 50 : 8;

  it(`lets one of ${crowd} at once make the checkpoint after an interval, and counts them all`, async () => {
    const place = gatePlace();
    makeSession(place.session, DUE);
    expect(await checkpointsOf(crowd, shell.name, place)).toEqual(['auto']);
    expect(bytesIn(`${place.session}/ops`)).toBe(7 + crowd);
  });

  it.each<readonly [string, typeof DUE, number]>([
    ['counts and succeeds', DUE, 8],
    ['counts and succeeds in the interval', THROTTLED, 8],
  ])('%s where there is no Node, and reads its input', async (_, times, ops) => {
    const place = gatePlace();
    makeSession(place.session, times);
    const run = await runGate(
      launcherFile(place.root, shell, withoutNode(runners().launcher)),
      payload(),
      { ...place.environment, PATH: '/nowhere' },
    );
    expect(run).toEqual({ status: 0, stdout: '', stderr: '', drained: true });
    expect([bytesIn(`${place.session}/ops`), bytesIn(place.started)]).toEqual([ops, undefined]);
  });

  it('reads its input where only PATH knows cat', async () => {
    const place = gatePlace();
    makeSession(place.session, THROTTLED);
    const launcher = launcherFile(
      place.root,
      shell,
      runners().launcher.replaceAll('/bin/cat', '/nowhere/cat'),
    );
    expect(await runGate(launcher, payload(), place.environment)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
      drained: true,
    });
    expect(bytesIn(place.started)).toBe(undefined);
  });

  it('leaves it to Node to say that the count cannot be written', async () => {
    const place = gatePlace();
    makeSession(place.session, THROTTLED);
    const { command } = runners().of(shell.name);
    const noSpace = {
      command: '/bin/sh',
      args: ['-c', 'trap "" XFSZ; ulimit -f 0; exec "$0"', command],
    };
    const run = await runGate(noSpace, payload(), place.environment);
    expect(run).toMatchObject({
      status: 0,
      stderr: '',
      drained: true,
      stdout: expect.stringContaining('EFBIG'),
    });
    expect(bytesIn(`${place.session}/ops`)).toBe(7);
  });
});

describe('the gate', () => {
  // of fifty, and without a gate: hook-throttle.test.ts
  it('lets one of twenty at once make the checkpoint of a new session, and counts them all', async () => {
    const place = gatePlace();
    expect(await checkpointsOf(20, FIRST.name, place)).toEqual(['auto']);
    expect(bytesIn(`${place.session}/ops`)).toBe(20);
  });

  it('is in the launcher of PostToolUse alone', () => {
    const bin = runners().launcherFolder;
    const gated = HOOKS.map(({ name }) => name).filter((name) =>
      readFileSync(`${bin}/${name}`, 'utf8').includes('throttle/'),
    );
    expect(gated).toEqual(['post-tool-use']);
  });
});

function withoutNode(launcher: string): string {
  return withNode(launcher, '/gone/node').replace(
    /(?<= )\/(?:usr|snap|home|opt)\/\S*node(?= )/g,
    '/nowhere/node',
  );
}
