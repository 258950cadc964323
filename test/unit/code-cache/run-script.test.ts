import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { readCachedCode } from '../../../lib/code-cache/cached-code.ts';
import { runScript } from '../../../lib/code-cache/run-script.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const HOUR_MS = 3_600_000;

/** A state folder, scripts beside it, and a process that ends when told. */
function scene() {
  const place = tempFolder();
  const root = `${place}/state`;
  const folder = `${root}/cache`;
  mkdirSync(root, { mode: 0o700 });
  const write = (name: string, text: string): string => {
    writeFileSync(`${place}/${name}`, text);
    return `${place}/${name}`;
  };
  const run = (path: string, status = 0, now = NOW): unknown => {
    const callbacks: ((status: number) => void)[] = [];
    const atExit = (callback: (status: number) => void): void => void callbacks.push(callback);
    const load = (id: string, from: string): unknown => createRequire(from)(id);
    const exports = runScript(path, { root, folder, now: () => now, load, atExit });
    for (const callback of callbacks) callback(status);
    for (const name of namesIn(folder)) setTime(`${folder}/${name}`, now, callbacks.length > 0);
    return exports;
  };
  const kept = (path: string): string | undefined => {
    const name = path.slice(path.lastIndexOf('/') + 1).replace('.cjs', '');
    const found = namesIn(folder).find((one) => one.startsWith(`${name}-`));
    return found === undefined ? undefined : `${folder}/${found}`;
  };
  const isUsable = (path: string): boolean => readCachedCode(kept(path) ?? '', path) !== undefined;
  return { place, root, folder, write, run, kept, isUsable };
}

function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

/** The time of a file that was just written. */
function setTime(path: string, now: number, isNew: boolean): void {
  if (isNew) utimesSync(path, now / 1000, now / 1000);
}

describe('runScript', () => {
  it('keeps what was compiled, and runs a script from it as before', () => {
    const { write, run, kept, isUsable } = scene();
    const path = write('answer.cjs', 'exports.answer = (n) => n * 2;');
    expect(run(path)).toEqual({ answer: expect.any(Function) });
    expect(isUsable(path)).toBe(true);
    const first = readFileSync(kept(path) ?? '');
    const again = run(path);
    expect(again).toMatchObject({ answer: expect.any(Function) });
    expect(readFileSync(kept(path) ?? '').equals(first)).toBe(true);
  });

  it('gives a script what Node gives it', () => {
    const { place, write, run } = scene();
    const path = write(
      'all.cjs',
      '#!/usr/bin/env node\nmodule.exports = [__filename, __dirname, typeof require("node:fs").statSync, this === exports];',
    );
    expect(run(path)).toEqual([path, place, 'function', true]);
  });

  it('loads files beside a script once, with their own code', () => {
    const { write, run, isUsable } = scene();
    const other = write('other.cjs', 'exports.at = {};');
    const path = write(
      'one.cjs',
      'module.exports = [require("./other.cjs").at === require("./other.cjs").at];',
    );
    expect(run(path)).toEqual([true]);
    expect([isUsable(path), isUsable(other)]).toEqual([true, true]);
  });

  it('shows the lines and columns of the file in errors', () => {
    const { write, run } = scene();
    const path = write('fails.cjs', 'exports.fail = () => { throw new Error("no"); };');
    const place = (): string => {
      const { fail } = Object(run(path));
      try {
        return String(fail());
      } catch (error) {
        return error instanceof Error ? String(error.stack) : '';
      }
    };
    expect([place(), place()]).toEqual([
      expect.stringContaining(`${path}:1:30`),
      expect.stringContaining(`${path}:1:30`),
    ]);
  });

  it('runs the script as it is now, also where another one had the same length', () => {
    const { write, run } = scene();
    const path = write('same.cjs', 'module.exports = 1;');
    expect(run(path)).toBe(1);
    write('same.cjs', 'module.exports = 2;');
    expect(run(path)).toBe(2);
    expect(run(path)).toBe(2);
  });

  it('keeps nothing of wrong usage, and what ran in a command that found a fault', () => {
    const { write, run, kept } = scene();
    const path = write('fails.cjs', 'exports.a = 1;');
    run(path, 2);
    expect(kept(path)).toBeUndefined();
    run(path, 1);
    expect(kept(path)).toBeDefined();
  });

  it('writes it anew after an hour, and after the clock stepped back', () => {
    const { write, run, kept } = scene();
    const path = write('grows.cjs', 'exports.use = () => "used";');
    run(path);
    const file = kept(path) ?? '';
    const before = readFileSync(file);
    const isRenewed = (now: number): boolean => {
      writeFileSync(file, before);
      utimesSync(file, NOW / 1000, NOW / 1000);
      const { use } = Object(run(path, 0, now));
      return use() === 'used' && !(Math.abs(timeOf(file) - NOW) < 1000);
    };
    expect([isRenewed(NOW + HOUR_MS - 1), isRenewed(NOW + HOUR_MS), isRenewed(NOW - 1)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('does not use a file with one damaged place, and replaces it', () => {
    const { write, run, kept, isUsable } = scene();
    const path = write('large.cjs', `exports.texts = ${JSON.stringify(['a'.repeat(5_000)])};`);
    run(path);
    const file = kept(path) ?? '';
    const whole = readFileSync(file);
    for (const at of [0, 4, 100, 5_200, whole.length - 300, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect([at, isUsable(path)]).toEqual([at, false]);
      expect(run(path)).toMatchObject({ texts: [expect.stringContaining('aaa')] });
      expect([at, isUsable(path)]).toEqual([at, true]);
    }
    for (const part of [0, 7, 8, 4_000, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, part));
      expect([part, isUsable(path)]).toEqual([part, false]);
    }
  });

  it('reads no link, no pipe, and nothing that others can write to', () => {
    const { place, write, run, kept, isUsable } = scene();
    const path = write('safe.cjs', 'exports.a = 1;');
    run(path);
    const file = kept(path) ?? '';
    chmodSync(file, 0o622);
    expect(isUsable(path)).toBe(false);
    execFileSync('mv', [file, `${place}/elsewhere`]);
    chmodSync(`${place}/elsewhere`, 0o600);
    symlinkSync(`${place}/elsewhere`, file);
    expect(isUsable(path)).toBe(false);
    execFileSync('rm', [file]);
    execFileSync('mkfifo', [file]);
    expect(isUsable(path)).toBe(false);
    expect(run(path)).toEqual({ a: 1 });
  });

  it.each([
    ['others can write to the state folder', 'state', 0o720],
    ['others can write to its folder', 'state/cache', 0o722],
  ])('keeps nothing where %s', (_what, name, mode) => {
    const { place, folder, write, run } = scene();
    mkdirSync(folder);
    chmodSync(`${place}/${name}`, mode);
    expect(run(write('open.cjs', 'exports.a = 1;'))).toEqual({ a: 1 });
    expect(namesIn(folder)).toEqual([]);
  });

  it('creates no state folder', () => {
    const { root, write, run } = scene();
    execFileSync('rmdir', [root]);
    expect(run(write('early.cjs', 'exports.a = 1;'))).toEqual({ a: 1 });
    expect(existsSync(root)).toBe(false);
  });

  it('runs a script where nothing can be kept', () => {
    const { folder, write, run } = scene();
    writeFileSync(folder, 'a file in its place');
    expect(run(write('any.cjs', 'exports.a = 1;'))).toEqual({ a: 1 });
  });
});

function timeOf(path: string): number {
  return Number(execFileSync('stat', ['-c', '%Y', path], { encoding: 'utf8' })) * 1000;
}
