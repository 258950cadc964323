import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { parseJsonObject } from '../core/json.ts';
import { lineSplitter } from './json-lines.ts';
import { readRanges, type SecretRange } from './secret-range.ts';

/** One running scanner. */
export interface SecretChild {
  /** The secrets of each text, in order. Rejects when the scanner ends before it has answered. */
  scan(texts: readonly string[]): Promise<ReadonlyArray<readonly SecretRange[]>>;
  /** Kills it and resolves when it has exited; it holds nothing worth saving. */
  end(): Promise<void>;
}

interface Waiting {
  readonly resolve: (ranges: readonly SecretRange[]) => void;
  readonly reject: (error: Error) => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a Node process needs to start. All else stays out: NODE_EXTRA_CA_CERTS and NODE_OPTIONS cost time, DEBUG makes the library print texts. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'];

/** Starts the scanner `command`. It keeps this process alive only while a text is being scanned. */
export function startSecretChild(
  command: readonly [string, ...string[]],
  environment: Environment,
): SecretChild {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: childEnvironment(environment),
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let isGone = false;
  const exited = new Promise<void>((resolve) => {
    const leave = () => {
      isGone = true;
      for (const { reject } of waiting.values())
        reject(new Error('Cannot scan for secrets: the scanner ended'));
      waiting.clear();
      resolve();
    };
    child.once('error', leave); // it could not be started
    child.once('close', leave);
  });
  const hold = (isHeld: boolean) => {
    for (const part of [child, child.stdin, child.stdout]) {
      if (part !== child && !(part instanceof Socket)) continue;
      if (isHeld) part.ref();
      else part.unref();
    }
  };
  hold(false);
  child.stdin.on('error', () => undefined); // EPIPE: `close` reports it
  child.stdout.setEncoding('utf8').on(
    'data',
    lineSplitter((line) => {
      const answer = parseJsonObject(line);
      const ranges = readRanges(answer?.['ranges']);
      const id = Number(answer?.['id']);
      if (ranges === undefined || !waiting.has(id)) return void child.kill('SIGKILL'); // no scanner of ours
      waiting.get(id)?.resolve(ranges);
      waiting.delete(id);
      if (waiting.size === 0) hold(false);
    }),
  );
  const scanOne = (text: string) =>
    new Promise<readonly SecretRange[]>((resolve, reject) => {
      if (isGone) return reject(new Error('Cannot scan for secrets: the scanner ended'));
      count += 1;
      waiting.set(count, { resolve, reject });
      hold(true);
      child.stdin.write(`${JSON.stringify({ id: count, text })}\n`);
    });
  return {
    scan: (texts) => Promise.all(texts.map(scanOne)),
    end: () => {
      hold(true);
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function childEnvironment(environment: Environment): Record<string, string> {
  const passed: Record<string, string> = { WAYMARK_WORKER: '1' };
  for (const name of PASSED_ON) {
    const value = environment[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}
