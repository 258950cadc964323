import type { Output } from './command-context.ts';

/** Flags with which a command prints until it is stopped: nothing is held back then. */
const STREAMING = ['--follow', '-f', '--watch'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The command line of the pager: `WAYMARK_PAGER`, else `PAGER`, else `less -FRX`. `undefined` where
 * none is wanted: with `--no-pager`, for a command that goes on printing, for `cat` or nothing as
 * its name, and on a terminal that cannot move its cursor.
 */
export function choosePager(
  environment: Environment,
  args: readonly string[],
  platform: string = process.platform,
): string | undefined {
  if (args.includes('--no-pager') || args.some((arg) => STREAMING.includes(arg))) return undefined;
  const chosen = environment['WAYMARK_PAGER'] ?? environment['PAGER'];
  if (chosen !== undefined) return /^\s*(?:cat\s*)?$/.test(chosen) ? undefined : chosen;
  return platform === 'win32' || environment['TERM'] === 'dumb' ? undefined : 'less -FRX';
}

/**
 * Whether a text has more lines than the terminal, less one for the prompt. A terminal that does
 * not know its size has 0.
 */
export function isLong(
  text: string,
  { columns = 0, rows = 0 }: Pick<Output, 'columns' | 'rows'>,
): boolean {
  if (rows === 0) return false;
  const lines = text.replace(/\n$/, '').split('\n');
  const taken =
    columns === 0 ? lines.length : lines.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  return taken >= rows;
}

/** Of signs that may be wide, two columns are counted. */
function rowsOf(line: string, columns: number): number {
  const plain = line.replace(/\u001b\[\d+m/g, '').replace(/[\u1100-\uffff]/g, 'ww');
  return Math.max(1, Math.ceil(plain.length / columns));
}

/**
 * Shows a text in a pager, which runs in a shell, as that of git does, and waits until it is left.
 * @returns whether it ran. A pager that is left before the end has run.
 */
export function showPaged(pager: string, text: string, environment: Environment): boolean {
  // loaded when it is needed: it takes 5 ms
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore); // Ctrl+C is for the pager, which must put the terminal right again
  const { status } = spawnSync(pager, {
    shell: true,
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...environment },
  });
  process.off('SIGINT', ignore);
  return status !== 126 && status !== 127;
}

/** Outputs that are held back, to be shown in a pager if they are long. */
export interface PagedOutput {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Shows what was written; what went to standard error comes after it. */
  finish(): void;
}

/** @param show Shows a long text; returns whether it could. */
export function createPagedOutput(
  terminal: Output,
  notes: Output,
  show: (text: string) => boolean,
): PagedOutput {
  let [text, noted] = ['', ''];
  return {
    stdout: {
      write: (more) => {
        text += more;
      },
      isTTY: true,
      get columns() {
        return terminal.columns;
      },
    },
    stderr: {
      write: (more) => {
        noted += more;
      },
      isTTY: notes.isTTY === true,
    },
    finish: () => {
      if (text !== '' && !(isLong(text, terminal) && show(text))) terminal.write(text);
      if (noted !== '') notes.write(noted);
    },
  };
}
