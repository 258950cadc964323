import type { Redirection } from 'unbash';
import { PLACEHOLDER } from './generalise.ts';

/**
 * One word of a command: as written, without its quotes, and the programs whose output it contains.
 */
export interface Word {
  readonly raw: string;
  readonly value: string;
  readonly programs: readonly Program[];
}

/** A file that is read or written. */
export interface UsedFile {
  readonly sign: '<' | '>' | '<<';
  /** For `<<`, the given text. */
  readonly path: string;
  /** The redirection as written. */
  readonly raw: string;
}

/**
 * A program anywhere in a command line: in a pipe, a loop, a substitution, or a text that a shell
 * gets.
 */
export interface Program {
  /** Without its folder; `''` if there is none: assignments, redirections of a block. */
  readonly name: string;
  /** The word that names it. */
  readonly nameWord: Word | undefined;
  readonly words: readonly Word[];
  /** The words without quotes. */
  readonly args: readonly string[];
  /** What runs it: `sudo`, `env`, `xargs`. */
  readonly wrappers: readonly string[];
  /** Every word as written. Includes the words of wrappers, except limits such as `timeout 60`. */
  readonly typed: readonly string[];
  /** `NAME=value` in front of it, as written. */
  readonly environment: readonly string[];
  /** Variables that are set here. */
  readonly variables: ReadonlyMap<string, string>;
  readonly files: readonly UsedFile[];
  /** Programs whose output it reads. */
  readonly inputs: readonly Program[];
  /** Whether it reads the output of another program in its pipe. */
  readonly isPiped: boolean;
  /** Whether another program reads its output. */
  readonly isRead: boolean;
  /** Whether the success of the line proves that this command succeeded. */
  readonly isProven: boolean;
  /** The program, or the assignment (`=`), whose words its output becomes a part of. */
  readonly within: string | undefined;
  /**
   * Earlier commands that decide where and with what it runs, as written: `cd`, `source`, `export`.
   */
  readonly setup: readonly string[];
}

/** A piece of a line: a program, or the text between two programs. */
export type Piece = string | Program;

/** Returns the file of a redirection; none for a descriptor. */
export function fileOf(redirect: Redirection): readonly UsedFile[] {
  const { operator } = redirect;
  if (redirect.type !== 'Redirect') {
    const isDocument = redirect.type === 'HereDoc';
    const path = isDocument ? redirect.body.text : (redirect.target?.value ?? '');
    const given = isDocument ? path : (redirect.target?.text ?? '');
    return [{ sign: '<<', path, raw: `${operator}${given}` }];
  }
  const path = redirect.target?.value ?? '';
  if (path === '' || /^(?:\d+|-)$/.test(path)) return [];
  const sign = operator.startsWith('<') && operator !== '<>' ? '<' : '>';
  return [{ sign, path, raw: `${operator}${redirect.target?.text ?? ''}` }];
}

/**
 * Returns the files in general form. Which files they are differs from call to call; what goes to
 * /dev/null hardly matters.
 */
export function generaliseFiles(files: readonly UsedFile[]): readonly string[] {
  return files.flatMap(({ sign, path }) => {
    if (path === '/dev/null') return [];
    return sign === '<<' ? `<<< ${PLACEHOLDER.text}` : `${sign} ${PLACEHOLDER.path}`;
  });
}
