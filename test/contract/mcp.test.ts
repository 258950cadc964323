import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/waymark.cjs');

function serve() {
  const root = tempFolder();
  const env = { PATH: process.env['PATH'], HOME: root, WAYMARK_HOME: `${root}/state` };
  const child = spawn(process.execPath, [PROGRAM, 'mcp'], { cwd: root, env });
  onTestFinished(() => void child.kill());
  const ended = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    root,
    child,
    ask: async (message: string): Promise<unknown> => {
      child.stdin.write(`${message}\n`);
      const { value } = await lines.next();
      return JSON.parse(value ?? 'null');
    },
    end: async () => ({ status: (await ended)[0], stderr }),
  };
}

const ping = (id: number): string => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });

const STATUS = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"status"}}';

describe('the process of waymark mcp', () => {
  it('answers while its input is open, ends with it, and leaves nothing behind', async () => {
    const { root, child, ask, end } = serve();
    expect(await ask(ping(1))).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(await ask(STATUS)).toMatchObject({ id: 7, result: { isError: false } });
    child.stdin.end();
    expect(await end()).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(root)).toEqual([]);
  });

  it('ends when nobody reads its answers', async () => {
    const { child, ask, end } = serve();
    await ask(ping(1));
    child.stdout.destroy();
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${ping(2)}\n${ping(3)}\n`);
    expect(await end()).toEqual({ status: 0, stderr: '' });
  });

  it('takes apart a command that it is asked about', async () => {
    const { child, ask, end } = serve();
    const params = { name: 'failures', arguments: { command: 'cd x && npm run tset' } };
    expect(
      await ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })),
    ).toMatchObject({ result: { isError: false } });
    child.stdin.end();
    expect(await end()).toEqual({ status: 0, stderr: '' });
  });
});
