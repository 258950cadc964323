import type { CommandPart, CommandShape } from './command-shape.ts';
import type { ErrorPattern } from './error-pattern.ts';
import { OPEN, optionOf } from './open-shape.ts';
import { hasWord } from './usage-signs.ts';

/**
 * The shape under which a failure is known: the program alone if it is missing, with the subcommand or the option if the program does not know that one.
 * Any other failure is known under the shape of its command.
 */
export function shapeToBlame(
  part: CommandPart,
  { kind }: Pick<ErrorPattern, 'kind'>,
  body: string,
): CommandShape {
  if (kind !== 'invocation') return part.shape;
  const text = openTextOf(part, body);
  return part.open.find((shape) => shape.text === text) ?? part.shape;
}

const REFUSED =
  /\b(?:unknown|unrecogni[sz]ed|illegal|invalid|unexpected|unsupported|nonexistent|no such|bad)\b.{0,30}\b(?:option|flag|switch|argument|predicate|parameter)|flag provided but not defined|\b(?:option|flag|switch) .{1,60}(?:is unknown|does(?:n't| not) exist|was replaced|was removed|not recogni[sz]ed|not supported|not found)|wasn't expected/i;

/** The option is known, what was said with it is not, or it lacks something. */
const ABOUT_VALUE = /\bvalue\b|\brequires?\b|\bneeds\b|\bmissing\b|\bexpects\b|argument for/i;

const NO_COMMAND =
  /is not an? (?:\w+ )?command|\b(?:unknown|unrecogni[sz]ed|no such|invalid|nonexistent) (?:sub-?)?command/i;

function openTextOf({ program, subcommand, words, open }: CommandPart, body: string): string {
  const lines = body.split('\n');
  const called = subcommand === '' ? program : `${program} ${subcommand}`;
  if (lines.some((line) => saysMissing(line, program))) return program + OPEN;
  if (
    subcommand !== '' &&
    lines.some((line) => NO_COMMAND.test(line) && hasWord(line, subcommand)) &&
    words.includes(subcommand)
  )
    return called + OPEN;
  const refused = words
    .slice(1)
    .flatMap(optionOf)
    .filter((option) => lines.some((line) => isRefusal(line, option)));
  const [option] = refused;
  const text = `${called} ${option}${OPEN}`;
  return refused.length === 1 && open.some((shape) => shape.text === text) ? text : '';
}

/** What a shell says: `sh: 1: jq: not found`, `bash: line 1: jq: command not found`, `command not found: jq`. */
function saysMissing(line: string, program: string): boolean {
  const name = program.replace(/[.+]/g, String.raw`\$&`);
  return new RegExp(
    `(?:^|[:：] ?)${name} ?[:：] ?(?:(?:command )?not found|(?:Befehl|Kommando) nicht gefunden|commande introuvable|orden no encontrada|未找到命令|コマンドが見つかりません)|command not found: ${name}$`,
  ).test(line);
}

function isRefusal(line: string, option: string): boolean {
  if (!REFUSED.test(line) || ABOUT_VALUE.test(line)) return false;
  const name = option.replace(/^-+/, '');
  return name.length === 1
    ? new RegExp(`(?:-- ?'?|-|')${name}(?:'|\\b)`).test(line)
    : hasWord(line, option) || hasWord(line, name);
}
