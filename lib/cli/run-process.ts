import { systemClock } from '../core/clock.ts';
import { lazy } from '../core/lazy.ts';
import { clearOwnerUmask } from '../core/state-folder.ts';
import type { LoadCommand, Output } from './command-context.ts';
import { COMMANDS } from './command-table.ts';
import { mayBeTerminal, openOutput } from './output.ts';
import { choosePager, type PagedOutput, createPagedOutput, showPaged } from './pager.ts';
import { runCli } from './run-cli.ts';

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  load: LoadCommand,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  clearOwnerUmask();
  // `waymark events | head` closes the pipe early: that is no fault of waymark
  const reader = lazy(() => new AbortController()); // takes a millisecond to load
  const terminal = openOutput('stdout', () => reader().abort());
  const notes = openOutput('stderr', () => undefined);
  const paged = terminal.isTTY === true ? createHeldOutput(args, terminal, notes) : undefined;
  const surroundings = {
    environment: process.env,
    stdout: paged?.stdout ?? terminal,
    stderr: paged?.stderr ?? notes,
    cwd: process.cwd(),
    clock: systemClock,
    readStdin: async () => (await import('node:stream/consumers')).text(process.stdin),
    // process.stdin takes 4 ms to load
    ...(terminal.isTTY === true && mayBeTerminal(0) ? { ask: askPerson } : {}),
    inputChunks: () => readChunks(reader().signal),
    readerGone: () => reader().signal,
  };
  process.exitCode = await runCli(args, surroundings, load);
  paged?.finish();
}

/** One line from the terminal; empty where it ends without one. */
async function askPerson(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** Reads standard input until it ends or the reader of the answers is gone. */
async function* readChunks(readerGone: AbortSignal): AsyncGenerator<Uint8Array | string> {
  const { addAbortSignal } = await import('node:stream');
  try {
    yield* addAbortSignal(readerGone, process.stdin);
  } catch (error) {
    if (!readerGone.aborted) throw error;
  }
}

/** The outputs of a command that shows something, if it is to be paged. */
function createHeldOutput(
  args: readonly string[],
  terminal: Output,
  notes: Output,
): PagedOutput | undefined {
  const pager = choosePager(process.env, args);
  if (pager === undefined || !isPaged(args)) return undefined;
  return createPagedOutput(terminal, notes, (text) => showPaged(pager, text, process.env));
}

function isPaged(args: readonly string[]): boolean {
  const [word, next] = args.filter((arg) => !arg.startsWith('-'));
  const paged = COMMANDS.find(({ name }) => name === word)?.paged;
  return paged === true || (paged !== undefined && paged === next);
}
