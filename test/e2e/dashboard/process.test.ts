import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../support/temp-folder.ts';

const PROGRAM = resolve('dist/waymark.cjs');

/** `waymark dashboard` on a free port, with what it prints. */
async function startedProgram(home: string) {
  const child = spawn(process.execPath, [PROGRAM, 'dashboard', '--port', '0', '--json'], {
    env: { PATH: process.env['PATH'], HOME: home, WAYMARK_HOME: `${home}/state` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const printed = JSON.parse(String(line));
  const url = new URL(String(printed.url));
  const status = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${url.searchParams.get('token')}` };
    return (await fetch(`${url.origin}/api/now`, { headers })).status;
  };
  return {
    child,
    line: String(line),
    token: String(printed.token),
    url,
    status,
    errors: () => errors,
  };
}

async function exitOf(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  const [code, signal] = await once(child, 'exit');
  return [code, signal];
}

it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 and without a word on %s', async (signal) => {
  const { child, status, url, errors } = await startedProgram(tempFolder());
  expect(await status()).toBe(200);
  const ended = exitOf(child);
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
  expect(errors()).toBe('');
  await expect(fetch(url)).rejects.toThrow();
});

it('serves one state folder twice at once, under one token', async () => {
  const home = tempFolder();
  const [one, other] = await Promise.all([startedProgram(home), startedProgram(home)]);
  expect([await one.status(), await other.status()]).toEqual([200, 200]);
  expect(one.url.port).not.toBe(other.url.port);
  expect(one.url.search).toBe(other.url.search);
});

it('prints its address and token in one line, and takes the token at /metrics', async () => {
  const { line, token, url } = await startedProgram(tempFolder());
  expect(line.trimEnd()).not.toContain('\n');
  expect(url.searchParams.get('token')).toBe(token);
  const metrics = await fetch(new URL('/metrics', url), {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([metrics.status, await metrics.text()]).toEqual([
    200,
    expect.stringContaining('waymark_'),
  ]);
});
