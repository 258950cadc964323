import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { hookErrors, hookPlace, queuedEvents, runHookFile } from '../support/run-hook.ts';

const DIST = join(import.meta.dirname, '../../dist');
const QUIET = { status: 0, stdout: '', stderr: '' };
const HOUR_S = 3_600;

/** The `bin` of a state folder, as the installer writes it. */
function scene() {
  const place = hookPlace();
  const bin = join(place.home, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  chmodSync(place.home, 0o700);
  for (const name of ['start-hook.cjs', 'run-script.cjs'])
    copyFileSync(join(DIST, name), join(bin, name));
  const hooks = readdirSync(join(DIST, 'hooks'));
  for (const name of hooks) copyFileSync(join(DIST, 'hooks', name), join(bin, name));
  const cache = join(place.home, 'cache/hooks');
  const run = (command: string, own: Readonly<Record<string, string>> = {}) => {
    const input = {
      session_id: 's1',
      hook_event_name: 'PostToolUseFailure',
      cwd: join(place.root, 'project'),
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      tool_input: { command },
      error: 'x',
    };
    const environment = { ...place.environment, ...own };
    return runHookFile(join(bin, 'start-hook.cjs'), JSON.stringify(input), environment, [
      join(bin, 'post-tool-use-failure.cjs'),
    ]);
  };
  const kept = (): string =>
    join(cache, readdirSync(cache).find((name) => name.startsWith('post-tool-use')) ?? 'none');
  const commands = (): readonly string[] =>
    queuedEvents(place.home).map(
      ({ payload }) => /"target":"([^"]*)"/.exec(JSON.stringify(payload))?.[1] ?? '',
    );
  return { place, bin, cache, run, kept, commands };
}

describe('a hook that runs as it was compiled earlier', () => {
  it('does what it does without, and leaves what it ran from as it is', async () => {
    const { place, run, kept, commands } = scene();
    expect(await run('one')).toEqual(QUIET);
    const first = readFileSync(kept());
    expect(await run('two')).toEqual(QUIET);
    expect(readFileSync(kept()).equals(first)).toBe(true);
    expect(commands().toSorted()).toEqual(['one', 'two']);
    expect(hookErrors(place.home)).toEqual([]);
  });

  it('still redacts, by rules that are compiled, too', async () => {
    const { cache, run, commands } = scene();
    for (const _round of [1, 2])
      expect(await run('mysql -u root -pHunter2Battery9 shop')).toEqual(QUIET);
    expect(commands()).toEqual(Array(2).fill('mysql -u root -p[redacted] shop'));
    expect(readdirSync(cache).some((name) => name.startsWith('secrets-'))).toBe(true);
  });

  it('starts in every form that the installer knows', async () => {
    const { place, bin } = scene();
    for (const { name, event } of HOOKS) {
      const input = JSON.stringify({ session_id: 's1', hook_event_name: event, cwd: place.root });
      for (const _round of [1, 2]) {
        const file = join(bin, `${name}.cjs`);
        const run = await runHookFile(join(bin, 'start-hook.cjs'), input, place.environment, [
          file,
        ]);
        expect({ name, status: run.status, stderr: run.stderr }).toEqual({
          name,
          status: 0,
          stderr: '',
        });
      }
    }
  });

  it('is found where its launcher is, whatever the environment says, and nothing is kept for another state folder', async () => {
    const { place, cache, run, kept, commands } = scene();
    const elsewhere = join(place.root, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    expect(await run('one', { WAYMARK_HOME: elsewhere })).toEqual(QUIET);
    expect([existsSync(join(elsewhere, 'cache')), existsSync(cache)]).toEqual([false, false]);
    expect(await run('two')).toEqual(QUIET);
    expect(statSync(kept()).size).toBeGreaterThan(50_000);
    expect(commands()).toEqual(['two']);
  });

  it('is kept where the state folder is a link', async () => {
    const { place, cache, run } = scene();
    const link = join(place.root, 'link');
    symlinkSync(place.home, link);
    expect(await run('one', { WAYMARK_HOME: link })).toEqual(QUIET);
    expect(existsSync(cache)).toBe(true);
  });

  const flip = (path: string, at: number): void => {
    const content = readFileSync(path);
    const place = at < 0 ? content.length + at : at;
    content[place] = (content[place] ?? 0) ^ 4;
    writeFileSync(path, content);
  };

  it.each<[what: string, spoil: (path: string) => void]>([
    ['is empty', (path) => writeFileSync(path, '')],
    ['is cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 60_000))],
    ['says another length', (path) => flip(path, 5)],
    ['was made from another source', (path) => flip(path, 3_000)],
    ['has a changed bit in one copy', (path) => flip(path, -90_000)],
    ['has a changed bit in the other', (path) => flip(path, -9_000)],
    ['is of another time', (path) => utimesSync(path, 0, Date.now() / 1000 + HOUR_S)],
    ['is an hour old', (path) => utimesSync(path, 0, Date.now() / 1000 - HOUR_S)],
    ['is open to others', (path) => chmodSync(path, 0o604)],
    [
      'is of nothing that V8 knows',
      (path) => writeFileSync(path, whole(path, Buffer.alloc(64, 7))),
    ],
    [
      'is a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      'is a pipe',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'is a link',
      (path) => {
        execFileSync('mv', [path, `${path}.aside`]);
        symlinkSync(`${path}.aside`, path);
      },
    ],
  ])('is compiled anew where the file %s', async (_what, spoil) => {
    const { place, run, kept, commands } = scene();
    await run('one');
    const path = kept();
    const before = statSync(path).ino;
    spoil(path);
    expect(await run('two')).toEqual(QUIET);
    expect(commands().toSorted()).toEqual(['one', 'two']);
    expect(hookErrors(place.home)).toEqual([]);
    const after = statSync(path, { throwIfNoEntry: false });
    const isFile = after?.isFile() === true;
    expect({ isFile, isNew: after?.ino !== before || !isFile }).toEqual({ isFile, isNew: true });
  });

  it.each([['run-script.cjs'], ['secrets.cjs']])('works without %s', async (name) => {
    const { bin, run, commands } = scene();
    rmSync(join(bin, name));
    expect(await run('npm test')).toEqual(QUIET);
    expect(commands()).toEqual(['npm test']);
  });
});

/** A file of the right form around other data. */
function whole(path: string, data: Buffer): Buffer {
  const content = readFileSync(path);
  const sourceBytes = content.readUInt32LE(0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(sourceBytes, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, content.subarray(8, 8 + sourceBytes), data, data]);
}
