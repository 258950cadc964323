const [first, second, ...others] = process.argv.slice(2);

if (first === 'worker' && second === '--background' && others.length === 0) {
  // the worker that a hook starts lives for days: it loads no command line
  const { runInBackground } = await import('../worker/run-in-background.ts');
  process.exitCode = await runInBackground(process.env);
} else {
  const { runProcess } = await import('./run-process.ts');
  const { loadCommand } = await import('./load-command.ts');
  await runProcess(loadCommand);
}
