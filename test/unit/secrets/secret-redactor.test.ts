import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { unrefAfter, type After } from '../../../lib/secrets/after.ts';
import {
  openSecretRedactor,
  type SecretRedactorOptions,
} from '../../../lib/secrets/secret-redactor.ts';
import { NOT_CHECKED } from '../../../lib/secrets/secret-range.ts';
import { mixed } from '../../fixtures/secrets/corpus.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A scanner that finds every `secret`, written in plain JavaScript; `spoil` runs before each answer. */
function scanner(spoil = ''): readonly [string, string] {
  const folder = tempFolder();
  const file = join(folder, 'scanner.mjs');
  writeFileSync(
    file,
    `import fs from 'node:fs';
     fs.appendFileSync(${JSON.stringify(join(folder, 'starts'))}, process.pid + '\\n');
     fs.writeFileSync(${JSON.stringify(join(folder, 'env'))}, JSON.stringify(process.env));
     let rest = '';
     process.stdin.on('data', (chunk) => {
       rest += chunk;
       for (let at; (at = rest.indexOf('\\n')) >= 0; rest = rest.slice(at + 1)) {
         const { id, text } = JSON.parse(rest.slice(0, at));
         ${spoil}
         const ranges = [...text.matchAll(/secret/g)].map((found) => [found.index, found.index + 6, 'test']);
         console.log(JSON.stringify({ id, ranges }));
       }
     });`,
  );
  return [process.execPath, file];
}

function pidsOf([, file]: readonly [string, string]): number[] {
  const starts = join(file, '..', 'starts');
  return existsSync(starts) ? readFileSync(starts, 'utf8').trim().split('\n').map(Number) : [];
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Timers that only fire when the test says so. */
function handTimers() {
  const set = new Map<number, { readonly ms: number; readonly action: () => void }>();
  let count = 0;
  const after: After = (ms, action) => {
    count += 1;
    const mine = count;
    set.set(mine, { ms, action });
    return () => set.delete(mine);
  };
  const fire = (ms: number) => {
    for (const [id, timer] of [...set]) if (timer.ms === ms && set.delete(id)) timer.action();
  };
  return { after, fire, waiting: () => [...set.values()].map((timer) => timer.ms) };
}

const IDLE = 30_000;
const DEADLINE = 20_000;
const REST = 60_000;

function open(command: readonly [string, ...string[]], rest: Partial<SecretRedactorOptions> = {}) {
  const lines: string[] = [];
  const redactor = openSecretRedactor({
    command,
    environment: process.env,
    idleMs: IDLE,
    deadlineMs: DEADLINE,
    restMs: REST,
    after: unrefAfter,
    log: (level, code, message, fields) =>
      lines.push(JSON.stringify([level, code, message, fields])),
    ...rest,
  });
  onTestFinished(() => redactor.close());
  return { ...redactor, lines };
}

describe('openSecretRedactor', () => {
  it('starts nothing before the first text', async () => {
    const command = scanner();
    const redactor = open(command);
    expect(await redactor.redact([])).toEqual([]);
    expect(pidsOf(command)).toEqual([]);
  });

  it('replaces what the scanner found, text by text, also when asked twice at once', async () => {
    const command = scanner();
    const redactor = open(command);
    const both = await Promise.all([
      redactor.redact(['a secret b', 'clean']),
      redactor.redact(['secretsecret\u2028\n']),
    ]);
    expect(both).toEqual([['a [redacted] b', 'clean'], ['[redacted][redacted]\u2028\n']]);
    expect(pidsOf(command)).toHaveLength(1);
  });

  it('gives the scanner no more of the environment than it needs', async () => {
    const command = scanner();
    const redactor = open(command, {
      environment: {
        PATH: '/bin',
        NODE_EXTRA_CA_CERTS: '/x',
        NODE_OPTIONS: '--trace-warnings',
        DEBUG: '*',
        MY_TOKEN: 'x',
      },
    });
    await redactor.redact(['x']);
    const given: unknown = JSON.parse(readFileSync(join(command[1], '..', 'env'), 'utf8'));
    expect(given).toEqual({ PATH: '/bin', WAYMARK_WORKER: '1' });
  });

  it('ends the scanner when idle and starts another with the next text', async () => {
    const command = scanner();
    const { after, fire } = handTimers();
    const redactor = open(command, { after });
    await redactor.redact(['secret']);
    fire(IDLE);
    await vi.waitFor(() => expect(pidsOf(command).filter(isAlive)).toEqual([]));
    expect(await redactor.redact(['secret'])).toEqual(['[redacted]']);
    expect(pidsOf(command)).toHaveLength(2);
  });

  it('is not idle while a text is being scanned', async () => {
    const command = scanner();
    const { after, waiting } = handTimers();
    const redactor = open(command, { after });
    await redactor.redact(['one']);
    expect(waiting()).toEqual([IDLE]);
    const pending = redactor.redact(['two']);
    expect(waiting()).toEqual([DEADLINE]);
    await pending;
    expect(waiting()).toEqual([IDLE]);
  });

  it('is not idle while another text is still being scanned', async () => {
    const command = scanner("if (text === 'slow') { continue; }");
    const { after, waiting, fire } = handTimers();
    const redactor = open(command, { after });
    const slow = redactor.redact(['slow']);
    await redactor.redact(['quick']);
    expect(waiting()).toEqual([DEADLINE]);
    fire(DEADLINE);
    await slow;
    expect(waiting()).toContain(IDLE);
  });

  it('tries a text again on a new scanner when the first one crashed', async () => {
    const marker = join(tempFolder(), 'crashed');
    const command = scanner(
      `if (!fs.existsSync(${JSON.stringify(marker)})) { fs.writeFileSync(${JSON.stringify(marker)}, ''); process.exit(1); }`,
    );
    const redactor = open(command);
    expect(await redactor.redact(['a secret'])).toEqual(['a [redacted]']);
    expect(pidsOf(command)).toHaveLength(2);
    expect(redactor.lines).toEqual([]);
  });

  it('replaces the whole text when the scanner crashes on it twice, and logs nothing of it', async () => {
    const command = scanner('process.exit(1);');
    const redactor = open(command);
    expect(await redactor.redact(['a secret', 'b'])).toEqual([NOT_CHECKED, NOT_CHECKED]);
    expect(pidsOf(command)).toHaveLength(2);
    expect(redactor.lines).toHaveLength(1);
    expect(redactor.lines.join()).toContain('SECRET_SCAN_FAILED');
    expect(redactor.lines.join()).not.toContain('a secret');
  });

  it('goes on after a scanner that was killed while idle', async () => {
    const command = scanner();
    const redactor = open(command);
    await redactor.redact(['x']);
    for (const pid of pidsOf(command)) process.kill(pid, 'SIGKILL');
    expect(await redactor.redact(['a secret'])).toEqual(['a [redacted]']);
  });

  it('replaces the whole text at the deadline and ends the scanner', async () => {
    const command = scanner("if (text === 'slow') continue;");
    const { after, fire } = handTimers();
    const redactor = open(command, { after });
    await redactor.redact(['fast']);
    const pending = redactor.redact(['slow']);
    fire(DEADLINE);
    expect(await pending).toEqual([NOT_CHECKED]);
    expect(pidsOf(command).filter(isAlive)).toEqual([]);
    expect(await redactor.redact(['a secret'])).toEqual(['a [redacted]']);
  });

  it.each([
    "console.log('hello'); continue;",
    'console.log(\'{"id":99,"ranges":[]}\'); continue;',
    'console.log(JSON.stringify({ id, ranges: [[1]] })); continue;',
  ])('takes an answer that is none for a crash: %s', async (spoil) => {
    expect(await open(scanner(spoil)).redact(['a secret'])).toEqual([NOT_CHECKED]);
  });

  it('rests after three failed calls in a row and then tries again', async () => {
    const { after, fire } = handTimers();
    const redactor = open(['/nonexistent/node', 'x'], { after });
    for (let call = 0; call < 5; call += 1)
      expect(await redactor.redact(['a secret'])).toEqual([NOT_CHECKED]);
    expect(redactor.lines).toHaveLength(3);
    fire(REST);
    expect(await redactor.redact(['a secret'])).toEqual([NOT_CHECKED]);
    expect(redactor.lines).toHaveLength(4);
  });

  it('counts only failures in a row', async () => {
    const redactor = open(scanner("if (text === 'bad') process.exit(1);"));
    for (const text of ['bad', 'bad', 'good', 'bad', 'bad', 'good'])
      expect(await redactor.redact([text])).toEqual([text === 'bad' ? NOT_CHECKED : 'good']);
  });

  it('neither keeps its process alive nor outlives it, without close', async () => {
    const command = scanner();
    const main = join(command[1], '..', 'main.mts');
    writeFileSync(
      main,
      `import { unrefAfter } from ${JSON.stringify(join(process.cwd(), 'lib/secrets/after.ts'))};
       import { openSecretRedactor } from ${JSON.stringify(join(process.cwd(), 'lib/secrets/secret-redactor.ts'))};
       const redactor = openSecretRedactor({
         command: ${JSON.stringify(command)}, environment: {}, idleMs: 3_600_000, deadlineMs: 3_600_000, restMs: 3_600_000, after: unrefAfter, log: () => undefined,
       });
       console.log((await redactor.redact(['a secret']))[0]);`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main], {
      timeout: 50_000,
    });
    expect(stdout).toBe('a [redacted]\n');
    await vi.waitFor(() => expect(pidsOf(command).filter(isAlive)).toEqual([]), 10_000);
  });

  it('answers nothing after close and leaves no process', async () => {
    const command = scanner();
    const redactor = open(command);
    await redactor.redact(['x']);
    await redactor.close();
    expect(pidsOf(command).filter(isAlive)).toEqual([]);
    expect(await redactor.redact(['a secret'])).toEqual([NOT_CHECKED]);
  });
});

describe('the scanner', () => {
  const command = [process.execPath, '--import', 'tsx', 'lib/secrets/secret-scan.ts'] as const;

  it('finds what the library knows, over its own process', async () => {
    const token = ['npm', mixed(20), mixed(15)].join('_');
    const redactor = open(command, { deadlineMs: 50_000 });
    expect(await redactor.redact([`x ${token} y`, 'nothing \u2028 here'])).toEqual([
      'x [redacted] y',
      'nothing \u2028 here',
    ]);
    expect(await redactor.scan([`x ${token} y`])).toEqual([[[2, 42, 'npm']]]);
  });
});
