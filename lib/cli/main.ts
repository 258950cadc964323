#!/usr/bin/env node
import { systemClock } from '../core/clock.ts';

// `waymark events | head` closes the pipe early: that is no fault of ours
const reader = new AbortController();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  reader.abort();
});

const args = process.argv.slice(2);
const isBackgroundWorker = args.length === 2 && args[0] === 'worker' && args[1] === '--background';

if (isBackgroundWorker) {
  // the worker that a hook starts lives for days: it loads no command line
  const { runInBackground } = await import('../worker/run-in-background.ts');
  process.exitCode = await runInBackground(process.env);
} else {
  const { runCli } = await import('./run-cli.ts');
  const { text } = await import('node:stream/consumers');
  const { stdout, stderr } = process;
  const readStdin = (): Promise<string> => text(process.stdin);
  const surroundings = {
    environment: process.env,
    stdout,
    stderr,
    cwd: process.cwd(),
    clock: systemClock,
    readStdin,
    readerGone: reader.signal,
  };
  process.exitCode = await runCli(args, surroundings);
}
