import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mixed } from '../../fixtures/secrets/corpus.ts';

function start() {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/secrets/secret-scan.ts'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.err += String(chunk)));
  return { child, said, closed: once(child, 'close') };
}

describe('secret-scan', () => {
  it('answers every line that came, then ends with its input', async () => {
    const { child, said, closed } = start();
    child.stdin.end(
      `${JSON.stringify({ id: 1, text: 'plain' })}\n${JSON.stringify({ id: 2, text: ['ghp', mixed(36)].join('_') })}\n`,
    );
    expect(await closed).toEqual([0, null]);
    const answers = said.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(answers).toContainEqual({ id: 1, ranges: [] });
    expect(answers).toContainEqual({ id: 2, ranges: [[0, 40, 'github']] });
    expect(said.err).toBe('');
  });

  it('survives the signals of a terminal while its input is open', async () => {
    const { child, said, closed } = start();
    child.stdin.write('{"id":1,"text":"x"}\n');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    child.stdin.end('{"id":2,"text":"y"}\n');
    expect(await closed).toEqual([0, null]);
    expect(said.out).toContain('{"id":2,"ranges":[]}');
  });

  it('ends without a word on a line that is no request', async () => {
    const { child, said, closed } = start();
    child.stdin.write('{"id":1,"text":12,"x":"hunter2"}\n');
    expect(await closed).toEqual([1, null]);
    expect(said).toEqual({ out: '', err: '' });
  });
});
