import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isJsonObject, type JsonObject } from '../../lib/core/json.ts';
import type { Bench } from './benchmark.ts';

/** A child process that prints one JSON object a line. */
export interface Child {
  readonly pid: number;
  /** The next line. @throws when it ends without one. */
  next(): Promise<JsonObject>;
  /** Asks it to end, and kills it, and it alone, when it does not within five seconds. */
  end(): Promise<void>;
}

/** Variables that every child gets; nothing of Claude Code, proxies or this project's own. */
const PASSED_ON = ['PATH', 'LANG', 'TMPDIR'];

/**
 * The environment of a child: a few variables of ours and `own`. NODE_EXTRA_CA_CERTS is never among
 * them: it would cost each Node 20 start 100 ms.
 */
export function childEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passedOn), ...own };
}

/** Starts a child that is ended with the benchmark at the latest. */
export function startChild(
  bench: Pick<Bench, 'onEnd'>,
  command: readonly [string, ...string[]],
  own: Readonly<Record<string, string>>,
  cwd?: string,
): Child {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: childEnvironment(own),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  });
  const exited = exitOf(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(overdue);
  };
  bench.onEnd(end);
  return {
    pid: child.pid ?? 0,
    end,
    async next() {
      const { value, done } = await lines.next();
      if (done === true)
        throw new Error(`${command.slice(0, 3).join(' ')} ended without an answer: ${complaint}`);
      const parsed: unknown = JSON.parse(value);
      if (!isJsonObject(parsed)) throw new Error(`Not an answer: ${value}`);
      return parsed;
    },
  };
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve()).once('exit', () => resolve());
  });
}
