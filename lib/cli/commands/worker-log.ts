import type { Command } from 'commander';
import { followFile, lastLines } from '../../query/log-file.ts';
import { logText } from '../text/log-text.ts';
import { parseLimit } from '../text/parse-when.ts';
import type { CommandContext } from '../command-context.ts';

interface LogFlags {
  readonly follow?: boolean;
  readonly lines: string;
}

const EXAMPLES = `
Examples:
  $ waymark worker log                 the last fifty lines
  $ waymark worker log -n 500
  $ waymark worker log --follow        and further ones as they come, until Ctrl+C
  $ waymark worker log --json | jq 'select(.level == "error")'`;

/** `waymark worker log`: log/worker.log for people, or as it is. */
export function addWorkerLog(worker: Command, context: CommandContext): void {
  worker
    .command('log')
    .description('Show the log of the workers')
    .option('-f, --follow', 'go on with new lines')
    .option('-n, --lines <n>', 'how many lines', '50')
    .option('--json', 'JSON lines, as they are in the file')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: LogFlags, command: Command) => {
      const isJson = command.optsWithGlobals()['json'] === true;
      const file = `${context.folder().log}/worker.log`;
      const show = (line: string): void =>
        context.print(isJson ? line : logText(line, context.paint, context.clock()));
      const { lines, end } = lastLines(file, parseLimit(flags.lines, '--lines'));
      for (const line of lines) show(line);
      if (flags.follow === true) await followFile(file, end, show);
      else if (lines.length === 0 && !isJson) context.print('No worker has written anything yet.');
    });
}
