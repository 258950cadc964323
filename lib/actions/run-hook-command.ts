import { spawn } from 'node:child_process';

/** How a hook process ended. */
export interface HookRun {
  /** Exit status; `undefined` after a signal or when it could not be started. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from start to exit. */
  readonly ms: number;
  /** Why it could not be started. */
  readonly problem?: string;
}

export interface HookCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** The payload, one JSON object. */
  readonly input: unknown;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/**
 * Starts a hook as Claude Code does: exec form, no shell, the payload on standard input, a line end
 * behind it. Never rejects.
 */
export function runHookCommand({
  command,
  args,
  input,
  cwd,
  environment,
  timeoutMs,
}: HookCommand): Promise<HookRun> {
  return new Promise((resolve) => {
    const from = performance.now();
    const child = spawn(command, [...args], {
      cwd,
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      windowsHide: true,
    });
    const said = { stdout: '', stderr: '' };
    const end = (status: number | undefined, problem?: string): void =>
      resolve({
        status,
        ...said,
        ms: performance.now() - from,
        ...(problem === undefined ? {} : { problem }),
      });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.on('error', (error) => end(undefined, error.message));
    child.on('close', (status) => end(status ?? undefined));
    child.stdin.on('error', () => undefined); // a hook may end without reading
    child.stdin.end(`${JSON.stringify(input)}\n`);
  });
}
