import type { Command } from 'commander';
import { followFile, lastLines } from '../../query/log-file.ts';
import { parseLimit } from '../text/parse-when.ts';
import type { AddCommand } from '../command-context.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import type { Paint } from '../text/paint.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatTime } from '../../core/units.ts';

interface LogFlags {
  readonly follow?: boolean;
  readonly lines: string;
}

const EXAMPLES = `
Examples:
  $ waymark worker log                 the last fifty lines
  $ waymark worker log -n 500
  $ waymark worker log --follow        and new ones, until Ctrl+C
  $ waymark worker log --json | jq 'select(.level == "error")'`;

/**
 * `waymark worker log`: log/worker.log for people, or as it is. Has a file of its own, so that it
 * need not load what runs a worker: then the group is made here.
 */
export const addWorkerLog: AddCommand = (program, context) => {
  const group = program.commands.find((command) => command.name() === 'worker');
  (group ?? program.command('worker'))
    .command('log')
    .description('Show the log of the workers')
    .option('-f, --follow', 'keep showing new lines')
    .option('-n, --lines <n>', 'show this many lines', '50')
    .option('--json', 'JSON lines, as they are in the file')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: LogFlags, command: Command) => {
      const isJson = command.optsWithGlobals()['json'] === true;
      const file = `${context.folder().log}/worker.log`;
      const show = (line: string): void =>
        context.print(isJson ? line : formatLogLine(line, context.paint, context.clock()));
      const { lines, end } = await lastLines(file, parseLimit(flags.lines, '--lines'));
      for (const line of lines) show(line);
      if (flags.follow === true) await followFile(file, end, show);
      else if (lines.length === 0 && !isJson) context.print('No worker has written a log yet.');
    });
};

const OWN = new Set(['time', 'level', 'code', 'message']);

/**
 * One line of a JSON log for people: time, level, code, message, fields. A line that is no JSON is
 * shown as it is.
 */
export function formatLogLine(line: string, paint: Paint, now: number): string {
  const entry = parseJsonObject(line);
  if (entry === undefined) return oneLine(line);
  const level = stringField(entry, 'level') ?? '';
  const colour = level === 'error' ? paint.red : level === 'warn' ? paint.yellow : paint.dim;
  const fields = Object.entries(entry).filter(([name]) => !OWN.has(name));
  const parts = [
    paint.dim(formatTime(Date.parse(stringField(entry, 'time') ?? ''), now)),
    colour(level.padEnd(5)),
    paint.bold((stringField(entry, 'code') ?? '').padEnd(18)),
    oneLine(stringField(entry, 'message') ?? ''),
    ...(fields.length === 0
      ? []
      : [paint.dim(oneLine(fields.map(([name, value]) => `${name}=${String(value)}`).join(' ')))]),
  ];
  return parts.join(' ');
}
