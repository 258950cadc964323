#!/usr/bin/env node
import { systemClock } from '../core/clock.ts';
import { runCli } from './run-cli.ts';

// `waymark events | head` closes the pipe early: that is no fault of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  clock: systemClock,
});
