import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeScene, stateOf } from '../support/code-scene.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { DIST } from './inject/place.ts';
import {
  callsOf,
  noStrace,
  type Program,
  runUnharmed,
  runWithFault,
  type SystemCall,
} from './inject/strace.ts';
import { isLong } from './inject/sweep.ts';

if (noStrace !== undefined) console.log(`skipped: kills in a restore: ${noStrace}`);

/** Calls of a restore that change something, or note that it was changed. */
const CHANGES =
  /^(?:rename|renameat2?|link|linkat|unlink|unlinkat|rmdir|mkdir|symlink|fsync|write|pwrite64|fchmod|utimensat|openat)$/;

/** Cases of the short form, spread over all. */
const SAMPLE = 10;

/** A work tree in which a restore writes, overwrites, changes a mode and removes. */
async function scene() {
  const place = codeScene();
  const { write, shoot, remove } = place;
  write('a.txt', 'one');
  write('sub/b.txt', 'one');
  write('gone/c.txt', 'one');
  write('run', 'x', 0o755);
  write('same.txt', 'same');
  const { id } = await shoot();
  write('a.txt', 'two');
  write('sub/b.txt', 'two');
  write('run', 'x', 0o644);
  write('new/d.txt', 'new');
  remove('gone');
  await shoot();
  const program = (...args: readonly string[]): Program => ({
    args: [`${DIST}/waymark.cjs`, 'restore', ...args],
    cwd: place.root,
    environment: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: place.environment.HOME },
      ...{ WAYMARK_HOME: place.home.folder.root, WAYMARK_AUTOSTART: '0' },
    },
  });
  return {
    ...place,
    restore: program(id, '--yes', '--remove-new'),
    next: program(id, '--dry-run'),
  };
}

/**
 * What is in which file, without times: a restore at another moment gives folders and files others.
 */
function contentOf(root: string): string {
  return stateOf(root, ['.git']).replaceAll(/^(\d+) \d+ /gm, '$1 ');
}

it.skipIf(noStrace !== undefined)(
  'leaves a restore undone or finished, never mixed, wherever it is killed',
  { timeout: isLong ? 3_600_000 : 900_000 },
  async () => {
    const first = await scene();
    const before = contentOf(first.root);
    const log = `${tempFolder()}/trace`;
    const folders = [first.root, `${first.home.folder.root}/snapshots`];
    const all = await callsOf(first.restore, folders, log);
    const after = contentOf(first.root);
    expect(after).not.toBe(before);
    const calls = all.filter(isOfRestore);
    const stride = isLong ? 1 : Math.max(1, calls.length / SAMPLE);
    const outcomes = { before: 0, after: 0, stray: 0 };
    for (let nth = 0; Math.floor(nth) < calls.length; nth += stride) {
      const call = calls[Math.floor(nth)];
      if (call === undefined) continue;
      const one = await scene();
      const around = [one.root, `${one.home.folder.root}/snapshots`];
      const git = one.gitState();
      const run = await runWithFault(one.restore, call, { signal: 'KILL' }, around, log);
      if (!run.isKilled) outcomes.stray += 1;
      const next = await runUnharmed(one.next);
      expect(next.status, next.stderr).toBe(0);
      const now = contentOf(one.root);
      const where = `${call.name} ${call.nth} ${call.text.slice(0, 120)}`;
      expect([before, after], where).toContain(now);
      expect(one.gitState(), where).toBe(git);
      expect(readdirSync(one.root).filter((name) => name.startsWith('.waymark'))).toEqual([]);
      outcomes[now === before ? 'before' : 'after'] += 1;
    }
    console.log(JSON.stringify({ kills: 'restore', calls: calls.length, ...outcomes }));
    expect(outcomes.before).toBeGreaterThan(0);
    expect(outcomes.after).toBeGreaterThan(0);
  },
);

/** From the plan in the journal on; what comes before is held by the tests of snapshots. */
function isOfRestore(
  { name, text }: SystemCall,
  index: number,
  all: readonly SystemCall[],
): boolean {
  const begin = all.findIndex((call) => call.text.includes('plan.json'));
  return index >= begin && CHANGES.test(name) && !text.includes('O_DIRECTORY');
}
