import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sessionFolder, winInterval } from '../../lib/hook/throttle.ts';
import {
  fileAt,
  GATE_SESSION,
  type GatePlace,
  gatePlace,
  makeSession,
} from '../support/gate-place.ts';
import { gateRunners, launcherFile, withNode } from '../support/gate-runners.ts';
import { GATE_SHELLS, type GateShell, SHELLS_FOUND } from '../support/gate-shells.ts';

const runners = gateRunners();
const MINUTE = 60_000;

/** Of an operation in the midst of a second, so that there is room on either side. */
const NOW = '10:00:00.500000';

const DUES = [
  '09:59:59.500000',
  '10:00:00.400000',
  '10:00:00.499999',
  NOW,
  '10:00:00.500001',
  '10:00:00.900000',
  '10:00:01.000000',
  '10:00:59.500000',
];
const SINCES = [
  '09:59:00.500000',
  '09:59:59.499999',
  '09:59:59.999999',
  '10:00:00.000000',
  '10:00:00.499999',
  NOW,
  '10:00:00.500001',
  '10:00:01.500000',
];

interface Times {
  readonly due: string;
  readonly since: string;
}

const TIMES: readonly Times[] = DUES.flatMap((due) => SINCES.map((since) => ({ due, since })));

/** What Node holds: a test says so. */
const HELD = TIMES.filter(({ due, since }) => due > NOW && since < NOW);

interface TimedPlace {
  readonly times: Times;
  readonly place: GatePlace;
}

/** A place for each of {@link TIMES}. */
function timedPlaces(): readonly TimedPlace[] {
  const made = TIMES.map((times) => ({ times, place: gatePlace() }));
  for (const { place } of made) makeSession(place.session, { due: 0, since: 0 });
  touch(
    made.flatMap(({ times: { due, since }, place }) =>
      Object.entries({ ops: NOW, due, since }).map(
        ([name, time]) => [`${place.session}/${name}`, time] as const,
      ),
    ),
  );
  return made;
}

/**
 * Sets times to the microsecond, which the numbers of Node cannot represent. One process starts
 * them all.
 */
function touch(files: readonly (readonly [path: string, time: string])[]): void {
  const script = 'while [ $# -gt 0 ]; do touch -d "2026-11-22 $2Z" "$1"; shift 2; done';
  execFileSync('sh', ['-euc', script, 'touch', ...files.flat()]);
}

/** Which of {@link TIMES} are throttled. */
function heldTimes(isThrottled: (place: GatePlace) => boolean): readonly Times[] {
  return timedPlaces()
    .filter(({ place }) => isThrottled(place))
    .map(({ times }) => times);
}

/**
 * Asks a gate that leaves the times as the test has set them; what it gives to Node is said by
 * `echo`.
 */
function gateThrottles(place: GatePlace, shell: GateShell): boolean {
  const { launcher } = runners();
  const still = withNode(launcher.replace('\n', '\nprintf() { return 0; }\n'), '/bin/echo');
  const { status, stdout } = spawnSync(launcherFile(place.root, shell, still).command, {
    input: '{}',
    encoding: 'utf8',
    env: place.environment,
  });
  expect(status).toBe(0);
  if (stdout !== '') expect(stdout).toMatch(/post-tool-use\.cjs --counted\n$/);
  return stdout === '';
}

const nodeThrottles = (place: GatePlace): boolean =>
  !winInterval(sessionFolder(`${place.home}/throttle`, GATE_SESSION), MINUTE);

const wholeSeconds = ({ due, since }: Times): boolean =>
  seconds(due) > seconds(NOW) && seconds(since) < seconds(NOW);

function seconds(time: string): string {
  return time.slice(0, '10:00:00'.length);
}

/** Whether `-nt` of a shell compares more than whole seconds. */
function seesFractions({ interpreter }: GateShell, folder: string): boolean {
  for (const [name, time] of Object.entries({
    older: '10:00:00.500000',
    newer: '10:00:00.500001',
  })) {
    writeFileSync(`${folder}/${name}`, '');
    touch([[`${folder}/${name}`, time]]);
  }
  const [program = '', ...args] = interpreter.split(' ');
  return spawnSync(program, [...args, '-c', '[ newer -nt older ]'], { cwd: folder }).status === 0;
}

describe('the throttle of the Node hook', () => {
  it('holds while due is ahead and since is behind, to the microsecond', () => {
    expect(heldTimes(nodeThrottles)).toEqual(HELD);
  });
});

describe.each(GATE_SHELLS)(`the gate in $name (${SHELLS_FOUND})`, (shell) => {
  it('holds what Node holds; by whole seconds, where its shell sees no more, and then never more than Node', () => {
    const held = heldTimes((place) => gateThrottles(place, shell));
    expect(held).toEqual(
      seesFractions(shell, gatePlace().root) ? HELD : TIMES.filter(wholeSeconds),
    );
    expect(HELD).toEqual(expect.arrayContaining([...held]));
    expect(held).toContainEqual({ due: '10:00:59.500000', since: '09:59:59.499999' });
  });

  it('holds in the very second of a checkpoint', () => {
    const place = gatePlace();
    makeSession(place.session, {});
    expect(winInterval(sessionFolder(`${place.home}/throttle`, GATE_SESSION), MINUTE)).toBe(true);
    expect(gateThrottles(place, shell)).toBe(true);
  });

  it('sees a change of the settings in the second of a checkpoint', () => {
    const place = gatePlace();
    makeSession(place.session, {});
    winInterval(sessionFolder(`${place.home}/throttle`, GATE_SESSION), MINUTE);
    fileAt(`${place.home}/config.json`, 0, '{}');
    expect(gateThrottles(place, shell)).toBe(false);
  });
});
