import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ProgramProcess, startProgram } from '../support/program-process.ts';
import { testHome, type TestHome } from '../support/test-home.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');

/** Prints when it begins and when it is ended; exits by itself if it is not ended. */
const PATIENT = `#!/bin/sh
# waymark: on build.failed
trap ': > "$WAYMARK_HOME/ended"; exit 1' TERM
: > "$WAYMARK_HOME/begun"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1 & wait $!; done
`;

describe('Ctrl+C', () => {
  it('ends the handler that is being tried, which has left files for its user alone', async () => {
    const home = homeWithHandler();
    const process = waymark(home, ['handlers', 'test', 'patient', '--type', 'build.failed']);
    await eventually('the handler begins', () => existsSync(`${home.root}/begun`));
    expect(statSync(`${home.root}/begun`).mode & 0o077).toBe(0);
    process.kill('SIGINT');
    expect(await process.exited).toEqual({ code: 130, signal: null });
    expect(existsSync(`${home.root}/ended`)).toBe(true);
  });

  it('cancels a dispatch, and gives back what it had begun', async () => {
    const home = homeWithHandler();
    home.enqueue({ type: 'build.failed', ring: false });
    const process = waymark(home, ['dispatch']);
    await eventually('the handler begins', () => existsSync(`${home.root}/begun`));
    process.kill('SIGINT');
    expect(await process.exited).toEqual({ code: 130, signal: null });
    expect(existsSync(`${home.root}/ended`)).toBe(true);
    expect(home.rows('SELECT state, attempts FROM deliveries')).toEqual([
      { state: 'due', attempts: 0 },
    ]);
  });
});

function homeWithHandler(): TestHome {
  const home = testHome();
  mkdirSync(`${home.root}/handlers`, { mode: 0o700 });
  writeFileSync(`${home.root}/handlers/patient.sh`, PATIENT);
  chmodSync(`${home.root}/handlers/patient.sh`, 0o700);
  return home;
}

function waymark(home: TestHome, args: readonly string[]): ProgramProcess {
  return startProgram(process.execPath, [WAYMARK, ...args], {
    WAYMARK_HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_AUTOSTART: 'false',
  });
}
