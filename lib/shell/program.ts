import type { Redirection } from 'unbash';
import { PLACE } from './generalise.ts';

/** One word of a command: as written, without its quotes, and the programs whose output it contains. */
export interface Word {
  readonly raw: string;
  readonly value: string;
  readonly programs: readonly Program[];
}

/** A file that is read or written. */
export interface UsedFile {
  readonly sign: '<' | '>' | '<<';
  /** For `<<` the text that is given. */
  readonly path: string;
  /** The redirection as written. */
  readonly raw: string;
}

/** A program anywhere in a command line: in a pipe, a loop, a substitution, a text that a shell is given. */
export interface Program {
  /** Without its folder; `''` where there is none: assignments, what a whole block is given. */
  readonly name: string;
  /** The word that names it. */
  readonly nameWord: Word | undefined;
  readonly words: readonly Word[];
  /** The words without their quotes. */
  readonly args: readonly string[];
  /** What runs it: `sudo`, `env`, `xargs`. */
  readonly wrappers: readonly string[];
  /** Every word as written, those of the wrappers included but for limits such as `timeout 60`. */
  readonly typed: readonly string[];
  /** `NAME=value` in front of it, as written. */
  readonly environment: readonly string[];
  /** Variables that are set here. */
  readonly variables: ReadonlyMap<string, string>;
  readonly files: readonly UsedFile[];
  /** Programs whose output it reads. */
  readonly inputs: readonly Program[];
  /** It reads what another program of its pipe writes. */
  readonly isPiped: boolean;
  /** Another program reads what it writes. */
  readonly isRead: boolean;
  /** The success of the whole line says that this command succeeded too. */
  readonly isProven: boolean;
  /** What it writes becomes a part of this program's words, or of an assignment (`=`). */
  readonly within: string | undefined;
  /** What ran before it and decides where and with what it runs, as written: `cd`, `source`, `export`. */
  readonly setup: readonly string[];
}

/** A piece of a line: a program, or the text between two programs. */
export type Piece = string | Program;

/** The file of a redirection; none for a descriptor. */
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

/** Files in the general form of a line. Which ones they are differs from call to call; what is thrown away hardly matters. */
export function fileForms(files: readonly UsedFile[]): readonly string[] {
  return files.flatMap(({ sign, path }) => {
    if (path === '/dev/null') return [];
    return sign === '<<' ? `<<< ${PLACE.text}` : `${sign} ${PLACE.path}`;
  });
}
