import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTraces } from '../../lib/retention/find-traces.ts';
import { TranscriptLines } from '../support/client-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testHome } from '../support/test-home.ts';

const SESSIONS = 120;
const idOf = (index: number): string =>
  `${String(index).padStart(8, '0')}-1111-4000-8000-00000000000a`;
const IDS = Array.from({ length: SESSIONS }, (_none, index) => idOf(index));

function scene() {
  const { folder, rows } = testHome();
  const home = tempFolder();
  const bucket = join(home, '.claude/projects/-work-gone');
  mkdirSync(bucket, { recursive: true });
  for (const [index, id] of IDS.entries()) {
    const lines = new TranscriptLines(id, undefined, '/work/gone')
      .prompt('Begin')
      .runs(`t${index}`, 'ls');
    writeFileSync(join(bucket, `${id}.jsonl`), lines.text);
    for (const place of [`archive/transcripts/${id}`, `throttle/${id}`]) {
      mkdirSync(`${folder.root}/${place}`, { recursive: true });
      writeFileSync(`${folder.root}/${place}/x`, id);
    }
  }
  mkdirSync(folder.log, { recursive: true });
  writeFileSync(`${folder.log}/worker.log`, IDS.map((id) => `{"session":"${id}"}\n`).join(''));
  const env = {
    ...{ PATH: process.env['PATH'], HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude') },
    ...{
      WAYMARK_HOME: folder.root,
      XDG_RUNTIME_DIR: join(home, 'run'),
      WAYMARK_AUTOSTART: 'false',
    },
  };
  /**
   * Runs a command; `isEnough`, asked all the time, kills it. @returns its exit status; `null`:
   * killed.
   */
  const run = (args: readonly string[], isEnough = (): boolean => false): Promise<number | null> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['dist/waymark.cjs', ...args], {
        env,
        stdio: 'ignore',
      });
      const look = setInterval(() => isEnough() && child.kill('SIGKILL'), 1);
      child.once('exit', (status) => {
        clearInterval(look);
        resolve(status);
      });
    });
  return { folder, rows, run, traces: () => findTraces(folder, IDS) };
}

const FORGET = ['forget', '--project', '/work/gone', '--before', '1h', '--yes'];

describe('forgetting many sessions', () => {
  it('is completed by the next run, wherever the first was killed', {
    timeout: 300_000,
  }, async () => {
    const { folder, rows, run, traces } = scene();
    expect(await run(['import'])).toBe(0);
    const left = (): number => rows('SELECT 1 FROM sessions').length;
    const before = traces().length;
    const moments: readonly (() => boolean)[] = [
      () => rows('SELECT 1 FROM forgotten LIMIT 1').length > 0,
      () => traces().length < before - 1,
      () => traces().length < before / 2,
    ];
    let killed = 0;
    for (const moment of moments) {
      if ((await run(FORGET, moment)) === null) killed += 1;
      // what is still to be done is found again by its row
      if (traces().some(({ path }) => !path.startsWith(folder.store)))
        expect(left()).toBe(SESSIONS);
    }
    expect(killed).toBeGreaterThan(0);
    await run(FORGET);
    expect([left(), traces()]).toEqual([0, []]);
    expect(rows('SELECT 1 FROM forgotten')).toHaveLength(SESSIONS);
    expect(await run(['import'])).toBe(0);
    expect([left(), traces()]).toEqual([0, []]);
  });

  it('is done once by two commands at once, and by one beside an import', {
    timeout: 300_000,
  }, async () => {
    const { rows, run, traces } = scene();
    expect(await run(['import'])).toBe(0);
    const statuses = await Promise.all([run(FORGET), run(FORGET), run(['import'])]);
    expect(statuses).toContain(0);
    expect(traces()).toEqual([]);
    expect(rows('SELECT 1 FROM sessions')).toEqual([]);
  });
});
