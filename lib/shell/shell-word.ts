import type { CommandArgument } from 'unbash';
import { generaliseWord, hasPlace, PLACE } from './generalise.ts';

/** One word of a command: as it stands, and with what differs from call to call taken out (masked). */
export interface ShellWord {
  readonly raw: string;
  readonly text: string;
}

/**
 * What may stand in a word without the shell giving it a meaning, so that a shape can be read as a command again. Letters by their ranges: a class
 * of Unicode costs a hook most of a millisecond to make.
 */
const PLAIN = /^[\w\u00c0-\u167f\u3040-\udfff\uE000-\uE004%+,./:=@^~*?-]+$/;
const VARIABLE = /^\$\w+$/;
const VARIABLE_PATH = /^\$(?:\w+|\{\w+\})\/[\w./-]*$/;

/** A word or assignment of the parser. */
export function shellWord(argument: CommandArgument): ShellWord {
  return { raw: argument.text, text: wordText(argument.text) };
}

/** A word as it stands in the shell, generalised (masked). A quoted text is a text whatever it says; a flag keeps its name. */
export function wordText(raw: string): string {
  const [, name = '', value = raw] = /^(--?[A-Za-z][\w-]*=|[A-Za-z_]\w*\+?=)(.*)$/s.exec(raw) ?? [];
  if (raw.startsWith('-') && name === '') return flagText(raw);
  return name + valueText(value);
}

function valueText(value: string): string {
  if (value === '' || VARIABLE.test(value)) return value;
  if (VARIABLE_PATH.test(value)) return PLACE.path;
  if (/^\{[\w.,/-]+\}$/.test(value)) return PLACE.path;
  if (!PLAIN.test(value)) return PLACE.text;
  return hasPlace(value) && value.length === 1 ? value : generaliseWord(value);
}

function flagText(flag: string): string {
  if (/^-\d+$/.test(flag)) return `-${PLACE.n}`;
  if (!PLAIN.test(flag)) {
    const name = /^--?[A-Za-z][\w-]*/.exec(flag)?.[0];
    return name === undefined ? PLACE.text : flagText(name);
  }
  const [, letter = '', value = ''] = /^(-[A-Za-z])([\d./~].*)$/.exec(flag) ?? [];
  return letter === '' ? flag : letter + generaliseWord(value);
}
