import { systemClock } from '../core/clock.ts';
import { lazy } from '../core/lazy.ts';
import { keepOwnRights } from '../core/state-folder.ts';
import type { LoadCommand } from './command-context.ts';
import { openOutput } from './output.ts';
import { runCli } from './run-cli.ts';

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  load: LoadCommand,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  keepOwnRights();
  // `waymark events | head` closes the pipe early: that is no fault of ours
  const reader = lazy(() => new AbortController()); // takes a millisecond to load
  const surroundings = {
    environment: process.env,
    stdout: openOutput('stdout', () => reader().abort()),
    stderr: openOutput('stderr', () => undefined),
    cwd: process.cwd(),
    clock: systemClock,
    readStdin: async () => (await import('node:stream/consumers')).text(process.stdin),
    readerGone: () => reader().signal,
  };
  process.exitCode = await runCli(args, surroundings, load);
}
