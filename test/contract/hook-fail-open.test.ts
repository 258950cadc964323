import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import {
  drainRecovery,
  listForeignRecovery,
  listRecovery,
} from '../../lib/queue/recovery-folder.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  eventsIn,
  filesIn,
  hookErrors,
  hookPlace,
  type HookPlace,
  type HookRun,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();

function run(
  name: string,
  fixture: string,
  { environment }: HookPlace,
  changes: Readonly<Record<string, string>> = {},
): Promise<HookRun> {
  return runHookFile(`${bundles().folder}/${name}.cjs`, JSON.stringify(recordedInput(fixture)), {
    ...environment,
    ...changes,
  });
}

function messageOf(run: HookRun): string {
  expect(run).toMatchObject({ status: 0, stderr: '' });
  const output: Record<string, unknown> = JSON.parse(run.stdout);
  expect(Object.keys(output)).toEqual(['systemMessage']);
  return String(output['systemMessage']);
}

const SILENT: HookRun = { status: 0, stdout: '', stderr: '' };

/** Ways in which the queue can be unusable though the user is root. */
const BROKEN: ReadonlyArray<readonly [string, (place: HookPlace) => void]> = [
  ['queue/ is a plain file', ({ home }) => writeFileIn(home, 'queue')],
  ['queue/tmp is a plain file', ({ home }) => writeFileIn(home, 'queue/tmp')],
  [
    'the folders of the priorities are plain files',
    ({ home }) => ['2', '3', '5'].map((priority) => writeFileIn(home, `queue/pending/${priority}`)),
  ],
  ['throttle/ is a plain file', ({ home }) => writeFileIn(home, 'throttle')],
];

describe('a message', () => {
  it.each([
    [0o700, (home: string) => `\`${home}/bin/waymark config\``],
    [0o777, () => '`waymark config`'],
  ])(
    'names the command as it works there, but no file that others may have put there (mode %o)',
    async (mode, command) => {
      const place = hookPlace();
      writeFileIn(place.home, 'bin/waymark');
      chmodSync(place.home, mode);
      const changes = { WAYMARK_CHECKPOINT_INTERVAL: 'soon' };
      expect(messageOf(await run('stop', 'Stop', place, changes))).toContain(command(place.home));
    },
  );
});

/** Does it where a hook would keep events. */
function takeName(path: string, make: (path: string) => unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  make(path);
}

function writeFileIn(home: string, path: string): void {
  mkdirSync(join(home, path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, path), '');
}

describe.each(BROKEN)('where %s', (_, breakIt) => {
  it('an event lands in the recovery folder, and the person hears of it once per session', async () => {
    const place = hookPlace();
    breakIt(place);
    expect(messageOf(await run('stop', 'Stop', place))).toMatch(
      /^waymark: Cannot write to .*; the event is safe in .*\. Check free space/,
    );
    expect(await run('stop', 'Stop', place)).toEqual(SILENT);
    expect(await run('post-tool-use-failure', 'PostToolUseFailure', place)).toEqual(SILENT);
    expect(listRecovery(place.places).map((name) => name[0])).toEqual(
      expect.arrayContaining(['2', '3', '3']),
    );
    expect(
      eventsIn(place.recovery)
        .map((event) => event.event_type)
        .sort(),
    ).toEqual(['checkpoint.created', 'checkpoint.created', 'task.failed']);
    expect(filesIn(`${place.recovery}/tmp`)).toEqual([]);
  });
});

describe('what is in the recovery folder', () => {
  it('comes into the queue once it can be written again, under its own id', async () => {
    const place = hookPlace();
    writeFileSync(place.home, '');
    await run('stop', 'Stop', place);
    const [kept] = eventsIn(place.recovery);
    rmSync(place.home);
    const queue = queueFolder(`${place.home}/queue`);
    makeQueueFolder(queue);
    expect(drainRecovery(place.places, queue, 65_536)).toBe(1);
    expect(queuedEvents(place.home)).toEqual([kept]);
  });

  it('is noted as captured where that can be written', async () => {
    const place = hookPlace();
    writeFileIn(place.home, 'queue');
    await run('stop', 'Stop', place);
    const [kept] = eventsIn(place.recovery);
    expect(filesIn(`${place.home}/throttle/${recordedInput('Stop')['session_id']}`)).toEqual([
      'captured',
      'said-QUEUE_WRITE_FAILED',
    ]);
    expect(kept?.event_id).toMatch(/^evt_/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('where another user has the name first', () => {
  it('an event lands beside it, and a worker without that environment reads it in', async () => {
    const place = hookPlace();
    writeFileIn(place.home, 'queue');
    const [shared] = place.places.shared;
    const user = `${shared}/${place.places.user}`;
    const aside = `${user}-aside-${process.pid}`;
    const hadFolder = existsSync(user);
    if (hadFolder) renameSync(user, aside);
    try {
      mkdirSync(user, { mode: 0o777 });
      chownSync(user, 65_534, 65_534);
      expect(messageOf(await run('stop', 'Stop', place))).toContain(`is safe in ${user}-1/`);
      expect(filesIn(user)).toEqual([]);
      expect(listForeignRecovery(stateFolderAt(place.home, {}).recovery)).toEqual([user]);
      rmSync(`${place.home}/queue`);
      const queue = queueFolder(`${place.home}/queue`);
      makeQueueFolder(queue);
      expect(drainRecovery(stateFolderAt(place.home, {}).recovery, queue, 65_536)).toBe(1);
    } finally {
      rmSync(user, { recursive: true });
      rmSync(`${user}-1`, { recursive: true, force: true });
      if (hadFolder) renameSync(aside, user);
    }
  });
});

describe('a hook that cannot write anywhere', () => {
  it('says so at the start of a session and is silent afterwards', async () => {
    const place = hookPlace();
    writeFileSync(place.home, '');
    for (const path of place.recoveries) takeName(path, (name) => writeFileSync(name, ''));
    expect(messageOf(await run('session-start', 'SessionStart', place))).toContain(
      'the event is lost',
    );
    expect(await run('stop', 'Stop', place)).toEqual(SILENT);
  });

  it('does not use a recovery folder that is open to others', async () => {
    const place = hookPlace();
    writeFileSync(place.home, '');
    for (const path of place.recoveries)
      takeName(path, (name) => [mkdirSync(name), chmodSync(name, 0o777)]);
    expect(messageOf(await run('session-start', 'SessionStart', place))).toContain(
      'the event is lost',
    );
    expect(place.recoveries.flatMap(filesIn)).toEqual([]);
  });

  it.each([
    ['is not absolute', { WAYMARK_HOME: 'state' }],
    ['cannot be found', { WAYMARK_HOME: undefined, HOME: undefined, XDG_STATE_HOME: undefined }],
  ])('says at the start of a session that the state folder %s', async (_, changes) => {
    const place = hookPlace();
    const environment = Object.fromEntries(
      Object.entries({ ...place.environment, ...changes }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    expect(
      messageOf(await run('session-start', 'SessionStart', { ...place, environment })),
    ).toContain('Cannot find the state folder');
    expect(await run('stop', 'Stop', { ...place, environment })).toEqual(SILENT);
  });
});

describe('a queue that takes no more', () => {
  it('refuses with a clear message and notes the id as refused', async () => {
    const place = hookPlace();
    const environment = { WAYMARK_QUEUE_CAP: '10' };
    mkdirSync(`${place.home}/queue/pending/3`, { recursive: true, mode: 0o700 });
    for (let index = 0; index < 200; index += 1)
      writeFileSync(`${place.home}/queue/pending/3/${'x'.repeat(200)}${index}`, '');
    expect(messageOf(await run('stop', 'Stop', place, environment))).toContain(
      'holds 10 entries or more',
    );
    const notes = `${place.home}/throttle/${recordedInput('Stop')['session_id']}`;
    expect(filesIn(notes)).toEqual(['captured', 'refused', 'said-QUEUE_FULL']);
    expect(filesIn(`${place.home}/queue/pending/3`)).toHaveLength(200);
  });

  it('refuses an entry above the cap', async () => {
    const place = hookPlace();
    const input = JSON.stringify({ ...recordedInput('Stop'), agent_type: 'a'.repeat(70_000) });
    const { stdout } = await runHookFile(`${bundles().folder}/stop.cjs`, input, place.environment);
    expect(JSON.parse(stdout)).toEqual({
      systemMessage: expect.stringContaining('the cap is 65536'),
    });
    expect(queuedEvents(place.home)).toEqual([]);
    expect(hookErrors(place.home)).toMatchObject([{ code: 'ENTRY_TOO_LARGE' }]);
  });
});

describe('settings that do not fit', () => {
  it('are named once, and the event is captured with the default', async () => {
    const place = hookPlace();
    const environment = { WAYMARK_DURABILITY: 'forever', WAYMARK_QUEUE_CAP: 'many' };
    expect(messageOf(await run('stop', 'Stop', place, environment))).toContain(
      'WAYMARK_DURABILITY',
    );
    expect(await run('stop', 'Stop', place, environment)).toEqual(SILENT);
    expect(queuedEvents(place.home)).toHaveLength(2);
  });

  it.each(['none', 'file', 'full'])('durability %s writes the same entry', async (level) => {
    const place = hookPlace();
    expect(await run('stop', 'Stop', place, { WAYMARK_DURABILITY: level })).toEqual(SILENT);
    expect(queuedEvents(place.home)).toHaveLength(1);
  });
});

describe('faults of two kinds', () => {
  it('are reported together', async () => {
    const place = hookPlace();
    writeFileIn(place.home, 'queue');
    const message = messageOf(await run('stop', 'Stop', place, { WAYMARK_DURABILITY: 'forever' }));
    expect(message.split('\n')).toEqual([
      expect.stringContaining('WAYMARK_DURABILITY'),
      expect.stringContaining('the event is safe'),
    ]);
  });
});
