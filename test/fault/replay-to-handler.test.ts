import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { deliveriesOf, notingProgram } from '../support/noting-handler.ts';
import { bundlePrograms, type Programs, startProgram } from '../support/program-process.ts';
import { readLines, testHome, type TestHome } from '../support/test-home.ts';

const CLI = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const FLAGS = { readTimeout: 0.2, readTimeoutMax: 0.2 };
const COUNT = 5;

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** Runs `waymark replay` as a process of its own. */
async function replay(home: TestHome, ...args: readonly string[]): Promise<void> {
  const environment = {
    WAYMARK_HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_AUTOSTART: 'false',
  };
  const command = startProgram(process.execPath, [CLI, 'replay', ...args], environment);
  expect(await command.exited, command.stderr).toEqual({ code: 0, signal: null });
}

/** A worker with two handlers that both had so many checkpoints. */
async function served() {
  const home = testHome();
  const keep = (name: string): string =>
    `cat "$WAYMARK_EVENT_FILE" >>${home.root}/${name}.events; echo >>${home.root}/${name}.events`;
  for (const name of ['one', 'other']) notingProgram(home, name, keep(name), 'checkpoint.created');
  programs.worker({ home: home.root, flags: FLAGS });
  await eventually('a worker leads', home.hasLeader, 30_000);
  const ids = Array.from({ length: COUNT }, (_, n) =>
    home.enqueue({ type: 'checkpoint.created', payload: { session_id: `s${n}`, kind: 'stop' } }),
  );
  const got = (name: string): readonly Record<string, unknown>[] =>
    readLines(`${home.root}/${name}.events`).flatMap((line) =>
      line === '' ? [] : [JSON.parse(line)],
    );
  /** Waits until so many deliveries are done, and nothing else is due or runs. */
  const areDone = (one: number, other: number): Promise<void> =>
    eventually(`${one} and ${other} deliveries are done`, () => {
      const count = (name: string): number =>
        deliveriesOf(home)[name]?.filter(({ state }) => state === 'done').length ?? 0;
      return (
        home.isQuiet() &&
        count('one') === one &&
        count('other') === other &&
        home.count("deliveries WHERE state <> 'done'") === 0
      );
    });
  await areDone(COUNT, COUNT);
  const effects = () =>
    ['checkpoints', 'sessions'].map((table) => home.rows(`SELECT * FROM ${table} ORDER BY id`));
  return { home, ids, got, areDone, effects };
}

describe('a replay to one handler', () => {
  it('reaches that one alone, marked, and changes nothing else, however many run at once', async () => {
    const { home, ids, got, areDone, effects } = await served();
    const before = effects();
    await Promise.all(
      ['one', 'user/one', 'one'].map((name) =>
        replay(home, '--type', 'checkpoint.created', '--to', name),
      ),
    );
    await areDone(4 * COUNT, COUNT);
    const replays = got('one').slice(COUNT);
    expect(replays.map(({ metadata }) => metadata)).toEqual(
      replays.map(() => ({ replay_of: expect.any(String), tags: ['to:user/one'] })),
    );
    expect(
      replays.map((event) => JSON.stringify(event['metadata']).match(/evt_\w+/)?.[0]).toSorted(),
    ).toEqual([...ids, ...ids, ...ids].toSorted());
    expect(new Set(replays.map((event) => event['event_id'])).size).toBe(3 * COUNT);
    expect(got('other')).toHaveLength(COUNT);
    expect(effects()).toEqual(before);
  });

  it('has its effects again with --again, and reaches the others only without --to', async () => {
    const { home, ids, got, areDone } = await served();
    await replay(home, ids[0] ?? '', '--again', '--to', 'other');
    await areDone(COUNT, COUNT + 1);
    expect(home.count('checkpoints')).toBe(COUNT + 1);
    await replay(home, ids[0] ?? '', '--again');
    await areDone(COUNT + 1, COUNT + 2);
    expect(home.count('checkpoints')).toBe(COUNT + 2);
    expect(got('one').at(-1)).toMatchObject({
      event_type: 'checkpoint.created',
      metadata: { replay_of: ids[0], tags: ['again'] },
    });
    await replay(home, ids[0] ?? '', '--missing');
    await eventually('nothing waits', () => home.isQuiet());
    expect(home.rows("SELECT 1 FROM events WHERE envelope LIKE '%replay_of%'")).toHaveLength(2);
    expect(home.count('checkpoints')).toBe(COUNT + 2);
    expect(Object.values(deliveriesOf(home)).map((rows) => rows.length)).toEqual([
      COUNT + 1,
      COUNT + 2,
    ]);
  });
});
