import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../core/errors.ts';
import { captureOutput } from './captured-output.ts';
import { endGroup } from './end-group.ts';

export interface ExecutableOrder {
  readonly path: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** An open file as its standard input. */
  readonly stdin: number;
  /** Aborted when it must end. */
  readonly signal: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

/** How a program ended. */
export type ProgramEnd =
  | { readonly by: 'exit'; readonly status: number }
  | { readonly by: 'signal'; readonly signal: string }
  /** The order's signal was aborted, and the program was ended. */
  | { readonly by: 'abort' }
  /** It could not be started. */
  | { readonly by: 'fault'; readonly errno: string };

export interface ProgramRun {
  readonly end: ProgramEnd;
  /** The first bytes of its standard output and standard error. */
  readonly output: string;
  readonly outputBytes: number;
}

/** How long to wait for output that a child of the program holds open. */
const LATE_OUTPUT_MS = 200;

/**
 * Runs a program in its own process group. Resolves when it has exited, even if another process
 * still holds its output open. Never rejects.
 */
export async function runExecutable(order: ExecutableOrder): Promise<ProgramRun> {
  const { path, cwd, environment, stdin, signal, graceMs } = order;
  if (signal.aborted) return { end: { by: 'abort' }, output: '', outputBytes: 0 };
  let child: ChildProcess;
  try {
    child = spawn(path, [], {
      cwd,
      env: environment,
      detached: true,
      stdio: [stdin, 'pipe', 'pipe'],
      windowsHide: true,
    });
  } catch (error) {
    return { end: { by: 'fault', errno: errnoOf(error) }, output: '', outputBytes: 0 };
  }
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const output = captureOutput(streams);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await endOrAbort(child, signal, graceMs);
  await Promise.race([closed, sleep(LATE_OUTPUT_MS, undefined, { ref: false })]);
  for (const stream of streams) stream.destroy();
  return { end, output: output.text(), outputBytes: output.bytes };
}

/**
 * Resolves at the program's end; after an abort, when its group was ended or the wait is over, so
 * that a hung process cannot hang the delivery.
 */
function endOrAbort(
  child: ChildProcess,
  signal: AbortSignal,
  graceMs: number,
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const stop = (): void => {
      if (child.pid !== undefined)
        void endGroup(child.pid, graceMs).then(() => resolve({ by: 'abort' }));
    };
    signal.addEventListener('abort', stop, { once: true });
    void endOf(child).then((end) => {
      if (signal.aborted && end.by !== 'fault') return; // The rest of its group is being ended.
      signal.removeEventListener('abort', stop);
      resolve(end);
    });
  });
}

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ by: 'fault', errno: errnoOf(error) });
    });
    child.once('exit', (status, signal) =>
      resolve(signal === null ? { by: 'exit', status: status ?? 0 } : { by: 'signal', signal }),
    );
  });
}
