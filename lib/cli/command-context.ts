import type { Command } from 'commander';
import type { ActionContext } from '../actions/action-context.ts';
import type { Clock } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Paint } from './text/paint.ts';
import type { TableOptions } from './text/table.ts';

/** A stream that a command writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Columns of a terminal. */
  readonly columns?: number | undefined;
  /** Lines of a terminal. */
  readonly rows?: number | undefined;
}

/** What the process gives a command. */
export interface CliEnvironment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly clock: Clock;
  /** All of standard input, once it ends; absent where there is none. */
  readonly readStdin?: () => Promise<string>;
  /** Asks a person one question; missing without a terminal. */
  readonly ask?: (question: string) => Promise<string>;
  /** Standard input as it comes; absent where there is none. */
  readonly inputChunks?: () => AsyncIterable<Uint8Array | string>;
  /** What a person types here for `waymark`; left out: it is looked up when it is needed. */
  readonly command?: string;
  /**
   * Aborted when standard output has no reader any more. Commands that run until Ctrl+C end then.
   */
  readonly readerGone?: () => AbortSignal;
}

/** What every command works with. */
export interface CommandContext extends CliEnvironment {
  /** Found when first asked for, so that `--help` works without a home. @throws HOME_UNUSABLE */
  readonly folder: () => StateFolder;
  /** What actions work with. @throws HOME_UNUSABLE */
  readonly actionContext: () => ActionContext;
  readonly paint: Paint;
  /** Whether standard output shows colours. */
  readonly hasColour: boolean;
  /** What a person types here for `waymark`. */
  readonly ownCommand: () => string;
  /** Returns a text with the commands in its backticks as a person types them here. */
  readonly runnable: (text: string) => string;
  /** One JSON document on standard output. */
  readonly printJson: (value: unknown) => void;
  /** A line on standard output, and one on standard error. */
  readonly print: (line?: string) => void;
  /**
   * A sentence on standard output. Its `waymark` commands are runnable, and a terminal that is
   * narrower breaks it between words.
   */
  readonly printText: (text: string) => void;
  readonly warn: (line: string) => void;
  /**
   * Columns that a line may fill; `undefined` where there is no terminal, and on one that does not
   * know its size.
   */
  readonly width: number | undefined;
  /** Rows in aligned columns on standard output, no line longer than the terminal. */
  readonly printTable: (
    rows: ReadonlyArray<readonly string[]>,
    options?: Omit<TableOptions, 'width'>,
  ) => void;
  /** Ends with this status unless the command throws. */
  readonly exitWith: (status: number) => void;
}

/**
 * One command of `waymark`: it describes itself to commander and does its work through the context.
 */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** Gives the code of a command by its name; `overview` is that of `waymark` alone. */
export type LoadCommand = (name: string) => Promise<AddCommand>;
