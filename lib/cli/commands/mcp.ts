import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { packageVersion } from '../../core/package-folder.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { serveMcp } from '../../mcp/server.ts';
import { keepReadersOpen } from '../../query/kept-readers.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

const EXAMPLES = `
Examples:
  $ claude mcp add waymark -- waymark mcp     let Claude Code start it
  $ waymark mcp --project ~/src/shop          for clients started elsewhere

Read-only. Claude Code does not need it with the plugin; see waymark docs mcp.`;

/**
 * `waymark mcp`: answers a client of the Model Context Protocol on standard input and output, until
 * the input ends.
 */
export const addMcp: AddCommand = (program, context) => {
  program
    .command('mcp')
    .option('--project <path>', 'the project that answers are about (default: this folder)')
    .addHelpText('after', EXAMPLES)
    .action(({ project }: { readonly project?: string }) => serve(context, project));
};

async function serve(context: CommandContext, project: string | undefined): Promise<void> {
  const { cwd, environment, clock, folder, runnable, stdout, warn, inputChunks } = context;
  if (inputChunks === undefined)
    throw new WaymarkError('USAGE', 'Cannot answer a client: there is no standard input');
  if (stdout.isTTY === true)
    warn(
      'Serving the Model Context Protocol on standard input: a client starts this command. Ctrl+C stops it.',
    );
  let closeReaders: (() => void) | undefined;
  /** Each answer asks for the folder, so that one that cannot be used fails that answer alone. */
  const keptFolder = (): StateFolder => {
    const found = folder();
    closeReaders ??= keepReadersOpen(found);
    return found;
  };
  const place = {
    ...{ folder: keptFolder, environment, clock },
    cwd: resolve(cwd, project ?? '.'),
    sleep: (ms: number) => sleep(ms),
  };
  try {
    await serveMcp(inputChunks(), (line) => void stdout.write(`${line}\n`), {
      ...{ place, runnable, version: packageVersion() },
    });
  } finally {
    closeReaders?.();
  }
}
