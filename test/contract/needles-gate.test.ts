import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFilesBelow } from '../../lib/core/file-keeper.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { bytesIn, GATE_SESSION, type GatePlace, gatePlace } from '../support/gate-place.ts';
import {
  type GateRun,
  gateRunners,
  handedOn,
  launcherFile,
  runGate,
  withNode,
} from '../support/gate-runners.ts';
import { GATE_SHELLS, SHELLS_FOUND } from '../support/gate-shells.ts';
import { FAILING } from '../support/known-failure.ts';
import {
  KNOWN_NEEDLE,
  makeKnowledge,
  NEEDLE_CASES,
  type NeedleCase,
} from '../support/needle-cases.ts';
import { filesIn, hookErrors, recordedInput } from '../support/run-hook.ts';

const runners = gateRunners('prevent-failure');

/** In this shell Node itself is behind the gate. */
const FIRST = GATE_SHELLS[0] ?? { name: 'sh', interpreter: '/bin/sh' };

/** More than a socket holds: leaving it unread breaks the pipe of the writer. */
const UNREAD = 'x'.repeat(400_000);

const QUIET = { status: 0, stdout: '', stderr: '', drained: true };

function payload({
  command = FAILING,
  render = oneLine,
}: Pick<NeedleCase, 'command' | 'render'> = {}): string {
  return render({
    ...recordedInput('PreToolUse.Bash'),
    session_id: GATE_SESSION,
    unread: UNREAD,
    tool_input: { command },
  });
}

function oneLine(fields: object): string {
  return `${JSON.stringify(fields)}\n`;
}

function withChanges(
  { environment }: GatePlace,
  changes: NeedleCase['environment'] = {},
): Record<string, string> {
  const entries = Object.entries({ ...environment, ...changes });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function runIn(runner: string, given: NeedleCase): Promise<readonly [GateRun, GatePlace]> {
  const place = gatePlace();
  makeKnowledge(place, given);
  return [
    await runGate(runners().of(runner), payload(given), withChanges(place, given.environment)),
    place,
  ];
}

/** What the hook said: that the call is denied, or nothing. */
function expectSpeech({ stdout }: GateRun, says: boolean): void {
  if (!says) expect(stdout).toBe('');
  else
    expect(JSON.parse(stdout)).toMatchObject({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny' },
    });
}

describe('the hook that prevents failures, without a gate', () => {
  it.each(NEEDLE_CASES)('in $name', async (given) => {
    const [run, place] = await runIn('node', given);
    expect(run).toMatchObject({ ...QUIET, stdout: expect.anything() });
    expectSpeech(run, given.saidByNode ?? given.says);
    expect(hookErrors(place.home)).toEqual([]);
  });
});

/**
 * What a gate does by itself: what it leaves behind, and what it hands on to a stand-in for Node.
 */
async function ownPart(shell: string, given: NeedleCase) {
  const place = gatePlace();
  makeKnowledge(place, given);
  const changed = withChanges(place, given.environment);
  const run = await runGate(runners().beforeStandIn(shell), payload(given), changed);
  const files = listFilesBelow(place.root, '').map(({ path, bytes }) => `${path} ${bytes}`);
  return { run, node: bytesIn(place.started), given: handedOn(place.environment), files };
}

describe(`its gate in ${FIRST.name}`, () => {
  it.each(NEEDLE_CASES)('does the same in $name', async (given) => {
    const [run, place] = await runIn(FIRST.name, given);
    expect(run).toMatchObject({ ...QUIET, stdout: expect.anything() });
    expectSpeech(run, given.says);
    expect(bytesIn(place.started) === 1).toBe(given.node);
    expect(hookErrors(place.home)).toEqual([]);
    expect(filesIn(join(place.home, 'queue/tmp'))).toEqual([]);
  });
});

describe(`its gate in every shell (${SHELLS_FOUND})`, () => {
  it.each(NEEDLE_CASES)('hands on the same, and leaves the same, in $name', async (given) => {
    const wanted = await ownPart(FIRST.name, given);
    expect(wanted).toMatchObject({ run: QUIET, node: given.node ? 1 : undefined });
    for (const { name } of GATE_SHELLS.slice(1))
      expect(await ownPart(name, given), name).toEqual(wanted);
  });
});

describe.each(GATE_SHELLS)(`its gate in $name (${SHELLS_FOUND})`, (shell) => {
  it('hands the payload on as it is', async () => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    const given = payload({
      command: `${FAILING} "'\\n %s %% \${x} $(id) \`id\` \u2028 \n é漢😀 -e -n \\`,
    });
    const echo = withHook(place, "process.stdout.write(require('node:fs').readFileSync(0));");
    expect(await runGate(launcherFile(place.root, shell, echo), given, place.environment)).toEqual({
      ...QUIET,
      stdout: given,
    });
  });

  it('keeps the payload out of the environment of Node', async () => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    const names = withHook(
      place,
      "process.stdout.write(String('payload' in process.env)); require('node:fs').readFileSync(0);",
    );
    const environment = { ...place.environment, payload: 'of somebody else' };
    expect(await runGate(launcherFile(place.root, shell, names), payload(), environment)).toEqual({
      ...QUIET,
      stdout: 'false',
    });
  });

  it('leaves the call to Node where there is no grep', async () => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    const blind = runners().launcher.replaceAll(/(?:\/usr)?\/bin\/grep/g, '/nowhere/grep');
    const run = await runGate(launcherFile(place.root, shell, blind), payload(), {
      ...place.environment,
      PATH: '/nowhere',
    });
    expectSpeech(run, true);
    expect([run.status, run.stderr, run.drained, bytesIn(place.started)]).toEqual([0, '', true, 1]);
  });

  it.each([
    ['a grep that refuses its options', 'exit 2'],
    ['a grep that is killed', 'kill -9 $$'],
  ])('says nothing and reads its input with %s', async (_, script) => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    writeFileSync(`${place.root}/grep`, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    const odd = runners().launcher.replace(/^grep=.*/m, `grep='${place.root}/grep'`);
    expect(
      await runGate(launcherFile(place.root, shell, odd), payload(), place.environment),
    ).toEqual(QUIET);
    expect(bytesIn(place.started)).toBe(undefined);
  });

  it('says nothing and reads its input where there is no Node', async () => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    const text = withNode(runners().launcher, '/gone/node').replace(
      /(?<= )\/(?:usr|snap|home|opt)\/\S*node(?= )/g,
      '/nowhere/node',
    );
    expect(
      await runGate(launcherFile(place.root, shell, text), payload(), {
        ...place.environment,
        PATH: '/nowhere',
      }),
    ).toEqual(QUIET);
  });

  it('takes the old list or the new one while the list is replaced', async () => {
    const place = gatePlace();
    makeKnowledge(place, { needles: `${KNOWN_NEEDLE}\n` });
    const needles = `${place.home}/views/failures/needles`;
    let replacing = true;
    const replaced = (async () => {
      for (let turn = 0; replacing; turn += 1) {
        writeFileSync(
          `${needles}.new`,
          `${turn % 2 === 0 ? `other ${turn}\n`.repeat(500) : ''}${KNOWN_NEEDLE}\n`,
        );
        renameSync(`${needles}.new`, needles);
        await new Promise((next) => setImmediate(next));
      }
    })();
    const runs = await Promise.all(
      Array.from({ length: 10 }, () =>
        runGate(runners().of(shell.name), payload(), place.environment),
      ),
    );
    replacing = false;
    await replaced;
    for (const run of runs) expectSpeech(run, true);
    expect(
      new Set(runs.map(({ status, stderr, drained }) => `${status} ${stderr} ${drained}`)),
    ).toEqual(new Set(['0  true']));
  });
});

describe('the gate of needles', () => {
  it('is in the launcher of the hook that prevents failures alone', () => {
    const bin = runners().launcherFolder;
    const gated = HOOKS.map(({ name }) => name).filter((name) =>
      readFileSync(`${bin}/${name}`, 'utf8').includes('needles'),
    );
    expect(gated).toEqual(['prevent-failure']);
  });
});

/** The launcher with another program behind it. */
function withHook({ root }: GatePlace, program: string): string {
  writeFileSync(`${root}/hook.cjs`, program);
  return runners().launcher.replace(/^hook=.*/m, `hook='${root}/hook.cjs'`);
}
