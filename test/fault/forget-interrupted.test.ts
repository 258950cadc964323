import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTraces } from '../../lib/retention/find-traces.ts';
import { TranscriptLines } from '../support/client-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testHome } from '../support/test-home.ts';
import { fillSpace, mountTmpfs, noMount } from './disk/mount.ts';
import { DIST } from './inject/place.ts';
import { callsOf, noStrace, type Program, runUnharmed, runWithFault } from './inject/strace.ts';

if (noStrace !== undefined) console.log(`skipped: kills in a forget: ${noStrace}`);
if (noMount !== undefined) console.log(`skipped: forget on a full disk: ${noMount}`);

const IDS = ['1', '2'].map((digit) => `0000000${digit}-1111-4000-8000-00000000000a`);

/** Calls that change files. */
const CHANGES = /^(?:pwrite64|pwritev|write|fsync|fdatasync|ftruncate|rename|unlink|rmdir|openat)$/;
const SAMPLE = 8;

/** Two imported sessions, with files and lines of logs that name them. */
async function scene() {
  const { folder, rows } = testHome();
  const home = tempFolder();
  const bucket = join(home, '.claude/projects/-work-gone');
  mkdirSync(bucket, { recursive: true });
  for (const id of IDS)
    writeFileSync(
      join(bucket, `${id}.jsonl`),
      new TranscriptLines(id, undefined, '/work/gone').prompt('Begin').runs(`t${id}`, 'ls').text,
    );
  const run = (...args: readonly string[]): Program => ({
    args: [`${DIST}/waymark.cjs`, ...args],
    cwd: home,
    environment: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude') },
      ...{ WAYMARK_HOME: folder.root, XDG_RUNTIME_DIR: join(home, 'run'), WAYMARK_AUTOSTART: '0' },
    },
  });
  const imported = await runUnharmed(run('import'));
  expect(imported.status, imported.stderr).toBe(0);
  for (const id of IDS) {
    for (const place of [`archive/transcripts/${id}`, `throttle/${id}`]) {
      mkdirSync(`${folder.root}/${place}`, { recursive: true, mode: 0o700 });
      writeFileSync(`${folder.root}/${place}/x`, id);
    }
  }
  mkdirSync(folder.log, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder.log}/worker.log`, IDS.map((id) => `{"session":"${id}"}\n`).join(''));
  const [forget, next, again] = [
    run('forget', ...IDS, '--yes', '--force'),
    run('forget'),
    run('import'),
  ];
  return { folder, rows, forget, next, again, doctor: run('doctor') };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** @returns whether the interrupted run had begun to delete. */
async function expectCompletion(one: Scene, where: string): Promise<boolean> {
  const hasBegun = one.rows("SELECT 1 FROM forgotten WHERE hash LIKE 'unfinished%'").length > 0;
  if (hasBegun) {
    const doctor = await runUnharmed(one.doctor);
    expect(doctor.stdout + doctor.stderr, where).toContain('`waymark forget` was interrupted');
    const next = await runUnharmed(one.next);
    expect(next.status, `${where} ${next.stderr}`).toBe(0);
    expect(findTraces(one.folder, IDS), where).toEqual([]);
    expect(one.rows('SELECT 1 FROM forgotten'), where).toHaveLength(IDS.length);
    expect((await runUnharmed(one.again)).status).toBe(0);
    expect(one.rows('SELECT 1 FROM sessions'), where).toEqual([]);
  }
  return hasBegun;
}

it.skipIf(noStrace !== undefined)(
  'a forget that is killed anywhere is named by doctor, and completed by the next one',
  { timeout: 600_000 },
  async () => {
    const first = await scene();
    const log = `${tempFolder()}/trace`;
    const calls = (await callsOf(first.forget, [first.folder.root], log)).filter(({ name }) =>
      CHANGES.test(name),
    );
    expect(findTraces(first.folder, IDS)).toEqual([]);
    let begun = 0;
    for (let nth = 0; nth < SAMPLE; nth += 1) {
      const call = calls[Math.floor(((nth + 0.5) * calls.length) / SAMPLE)];
      if (call === undefined) continue;
      const one = await scene();
      await runWithFault(one.forget, call, { signal: 'KILL' }, [one.folder.root], log);
      if (await expectCompletion(one, `${call.name} ${call.nth} ${call.text.slice(0, 120)}`))
        begun += 1;
    }
    console.log(JSON.stringify({ kills: 'forget', calls: calls.length, sample: SAMPLE, begun }));
    expect(begun).toBeGreaterThan(0);
  },
);

it.skipIf(noMount !== undefined)(
  'a forget that a full disk stops is completed when there is room again',
  { timeout: 300_000 },
  async () => {
    const one = await scene();
    mountTmpfs(one.folder.log, 'size=64k');
    writeFileSync(`${one.folder.log}/worker.log`, `{"session":"${IDS[0]}"}\n{"other":1}\n`);
    const makeRoom = fillSpace(one.folder.log);
    const stopped = await runUnharmed(one.forget);
    expect(stopped.status).not.toBe(0);
    makeRoom();
    expect(await expectCompletion(one, stopped.stderr)).toBe(true);
  },
);
