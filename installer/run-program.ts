import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Exit status; `undefined` when it could not be started or was ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProgramOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly timeoutMs: number;
}

/** Runs a program to its end, without a shell and without standard input. Never throws. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options: ProgramOptions,
) => Promise<ProgramResult>;

/** Runs a real child process; after `timeoutMs` it is ended. */
export const runProgram: RunProgram = (program, args, { environment, cwd, timeoutMs }) =>
  new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...environment }, cwd, timeout: timeoutMs, windowsHide: true },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : statusOf(error), stdout, stderr });
      },
    );
    child.stdin?.end();
  });

function statusOf(error: { readonly code?: unknown }): number | undefined {
  return typeof error.code === 'number' ? error.code : undefined;
}
