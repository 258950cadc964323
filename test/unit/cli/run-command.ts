import { Readable } from 'node:stream';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import { loadCommand } from '../../../lib/cli/load-command.ts';
import { runCli } from '../../../lib/cli/run-cli.ts';

export interface CommandResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandSetting {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly now?: number;
  /** What comes in on standard input. */
  readonly stdin?: string;
  /** Of the terminal on standard output. */
  readonly columns?: number;
  /** What a person types for `waymark`. */
  readonly command?: string;
}

/**
 * Runs `waymark ARGS…` in this process on a state folder of the test's; no worker is started by
 * itself.
 */
export async function runCommand(
  folder: StateFolder,
  args: readonly string[],
  {
    cwd = folder.root,
    environment = {},
    now = Date.now(),
    stdin = '',
    columns,
    command = 'waymark',
  }: CommandSetting = {},
): Promise<CommandResult> {
  let out = '';
  let err = '';
  const status = await runCli(
    args,
    {
      environment: {
        WAYMARK_HOME: folder.root,
        WAYMARK_AUTOSTART: 'false',
        ...environment,
      },
      stdout: { write: (text) => (out += text), columns },
      stderr: { write: (text) => (err += text) },
      cwd,
      command,
      clock: () => now,
      readStdin: async () => stdin,
      inputChunks: () => Readable.from([stdin]),
    },
    loadCommand,
  );
  return { status, out, err };
}
