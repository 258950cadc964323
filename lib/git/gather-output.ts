import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { setPriority } from 'node:os';
import { GitBlocked, GitFailure } from './git-failure.ts';

/** How to follow a running git. */
export interface GatherParts {
  /** The subcommand, for messages. */
  readonly command: string;
  readonly input: string | Buffer | undefined;
  /** Most bytes of output; more is a failure. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Ends git, and what else the call started. */
  readonly end: () => void;
  /** Looks whether git waits for a pipe in the work tree, until the returned function is called. */
  readonly watch: (onFound: (path: string) => void) => () => void;
  /** Whether to let other processes run first. */
  readonly isBackground: boolean;
  /** The reason in what git said; empty where there is none. */
  readonly reasonIn: (said: string) => string;
}

/** What git printed. */
export interface Gathered {
  readonly output: Buffer;
  /** The last {@link MAX_MESSAGE} characters of what it said beside its output. */
  readonly message: string;
}

const MAX_MESSAGE = 4_096;

/** Lets other processes run first, if the system allows it. */
const LOW_PRIORITY = 10;

/**
 * Gives a running git its input and gathers what it prints, until it has ended.
 * @throws {@link GitFailure} with the reason; the signal's reason if it was aborted.
 */
export function gatherOutput(
  child: ChildProcessWithoutNullStreams,
  { command, input, maxBytes, signal, end, watch, isBackground, reasonIn }: GatherParts,
): Promise<Gathered> {
  return new Promise((resolve, reject) => {
    const printed: Buffer[] = [];
    let bytes = 0;
    let message = '';
    let blockedBy: string | undefined;
    signal?.addEventListener('abort', end, { once: true });
    const endWatch = watch((path) => {
      blockedBy = path;
      end();
    });
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= maxBytes) printed.push(part);
      else end();
    });
    child.stderr.on('data', (part: Buffer) => {
      message = (message + part.toString('utf8')).slice(-MAX_MESSAGE);
    });
    child.stdin.on('error', () => undefined); // Git may have exited already.
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new GitFailure(`git does not start: ${error.message}`, error.code === 'ENOENT')),
    );
    child.on('close', (code) => {
      signal?.removeEventListener('abort', end);
      endWatch();
      if (signal?.aborted === true) reject(signal.reason);
      else if (blockedBy !== undefined) reject(new GitBlocked(blockedBy));
      else if (bytes > maxBytes) reject(new GitFailure(`git ${command} printed too much`));
      else if (code === 0) resolve({ output: Buffer.concat(printed), message });
      else reject(new GitFailure(reasonIn(message) || `git ${command} ended with status ${code}`));
    });
    if (isBackground && child.pid !== undefined) yieldTo(child.pid);
    child.stdin.end(input);
  });
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, LOW_PRIORITY);
  } catch {
    // It exited already, or the system does not allow it.
  }
}
