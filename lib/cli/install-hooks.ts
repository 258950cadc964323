import { loadCommand } from './load-command.ts';
import { runProcess } from './run-process.ts';

/** `install-hooks …` is `waymark install …`. */
const args = process.argv.slice(2);
const isVersion = args.length === 1 && /^(?:--version|-[vV])$/.test(args[0] ?? '');
await runProcess(loadCommand, isVersion ? args : ['install', ...args]);
