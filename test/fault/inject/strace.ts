import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** A program that faults are injected into. */
export interface Program {
  /** Path of the script that Node runs, and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
}

/**
 * One system call of a program that touches a folder: its name, and which of this name it is since
 * the program began.
 */
export interface SystemCall {
  readonly name: string;
  readonly nth: number;
  /** As strace shows it. */
  readonly text: string;
}

/** What a system call meets instead of being done. */
export type Fault = { readonly error: string } | { readonly signal: 'KILL' };

export interface TracedRun {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Calls that the fault hit and that touch one of the folders. */
  readonly hits: readonly string[];
  /** Those that it hit elsewhere: Node's own start went another way this time. */
  readonly strays: readonly string[];
  /** Whether the fault ended the program. */
  readonly isKilled: boolean;
  /** Whether it had to be ended because it did not end by itself. */
  readonly isHung: boolean;
}

const TRACED = 'trace=%file,%desc,fsync,fdatasync,ftruncate';

/** Calls of the runtime itself, which gives up when they fail. */
const NODES_OWN = ['execve', 'epoll_ctl'];

/** A program that hangs is worse than one that fails. */
const PATIENCE_MS = 30_000;

/** Why nothing can be injected here, or `undefined`. */
export const noStrace: string | undefined = probe();

function probe(): string | undefined {
  try {
    execFileSync(
      'strace',
      ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true'],
      { stdio: 'ignore' },
    );
    return undefined;
  } catch {
    return 'strace is not installed or not permitted';
  }
}

/**
 * Node 20 aborts by itself where a file that it read whole cannot be closed. What must be true
 * afterwards must be true all the same.
 */
export function isNodesAbort({ stderr }: TracedRun): boolean {
  return stderr.includes('(uv_fs_close(');
}

/** Every system call of the program's main thread that touches one of `folders`, in order. */
export async function callsOf(
  program: Program,
  folders: readonly string[],
  log: string,
): Promise<readonly SystemCall[]> {
  await run(program, log, ['--seccomp-bpf', '-e', TRACED]);
  const lines = readLog(log);
  const main = lines[0]?.split(' ')[0];
  const counts = new Map<string, number>();
  const calls: SystemCall[] = [];
  for (const line of lines) {
    const name = /^\d+ +(\w+)\(/.exec(line)?.[1];
    // the pipe is made by a child
    if (name === undefined || !(line.startsWith(`${main} `) || name === 'mknodat')) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    if (folders.some((folder) => line.includes(folder)) && !NODES_OWN.includes(name))
      calls.push({ name, nth, text: line });
  }
  return calls;
}

/** Runs the program and lets one system call meet the fault. */
export async function runWithFault(
  program: Program,
  call: SystemCall,
  fault: Fault,
  folders: readonly string[],
  log: string,
): Promise<TracedRun> {
  const effect = 'error' in fault ? `error=${fault.error}` : `signal=${fault.signal}`;
  const options = [
    'error' in fault ? '--seccomp-bpf' : '-q',
    '-e',
    TRACED,
    '-e',
    `inject=${call.name}:${effect}:when=${call.nth}`,
  ]; // a filter would let the signal pass
  const { status, signal, stdout, stderr } = await run(program, log, options);
  const lines = readLog(log);
  const isKilled = lines.some((line) => line.includes('+++ killed by SIGKILL'));
  const killed = isKilled ? lines.filter((line) => line.includes(`${call.name}(`)).slice(-1) : [];
  const injected = 'error' in fault ? lines.filter((line) => line.includes('(INJECTED)')) : killed;
  const isOurs = (line: string): boolean =>
    folders.some((folder) => startOf(line, lines).includes(folder));
  const isHung = signal === 'SIGKILL' && 'error' in fault;
  return {
    status,
    signal,
    stdout,
    stderr,
    isKilled: isKilled && !isHung,
    isHung,
    hits: injected.filter(isOurs),
    strays: injected.filter((line) => !isOurs(line)),
  };
}

/** The line with the arguments, where another thread's call came in between. */
function startOf(line: string, lines: readonly string[]): string {
  const [, pid, name] = /^(\d+) +<\.\.\. (\w+) resumed>/.exec(line) ?? [];
  if (pid === undefined) return line;
  return (
    lines
      .slice(0, lines.indexOf(line))
      .findLast((earlier) => earlier.startsWith(`${pid} `) && earlier.includes(` ${name}(`)) ?? line
  );
}

function readLog(log: string): readonly string[] {
  const lines = readFileSync(log, 'utf8').split('\n');
  rmSync(log);
  return lines;
}

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: Program, log: string, options: readonly string[]): Promise<Ended> {
  return runPlainly(
    'strace',
    ['-f', '-q', '-y', '-s', '64', ...options, '-o', log, process.execPath, ...program.args],
    program,
  );
}

/** Runs the program as it is. */
export function runUnharmed(program: Program): Promise<Ended> {
  return runPlainly(process.execPath, program.args, program);
}

function runPlainly(
  command: string,
  args: readonly string[],
  { cwd, environment, input }: Program,
): Promise<Ended> {
  // a group of its own, so that a hanging program ends with its tracer
  const child = spawn(command, args, { cwd, env: environment, stdio: 'pipe', detached: true });
  const timer = setTimeout(() => endGroup(child.pid), PATIENCE_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  child.stderr.on('data', (text) => (stderr += String(text)));
  child.stdin.on('error', () => undefined); // it may die before it reads
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout, stderr });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
