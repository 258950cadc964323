import type { CommandPart, CommandShape } from './command-shape.ts';
import type { ErrorPattern } from './error-pattern.ts';
import { OPEN, parseOption } from './open-shape.ts';
import { hasWord } from './usage-signs.ts';

/**
 * Returns the shape under which a failure is stored: the program alone if it is missing, or with
 * the subcommand or option that it does not know. Any other failure is stored under the shape of
 * its command.
 */
export function findBlamedShape(
  part: CommandPart,
  { kind }: Pick<ErrorPattern, 'kind'>,
  body: string,
): CommandShape {
  if (kind !== 'invocation') return part.shape;
  const text = openTextOf(part, body);
  return part.open.find((shape) => shape.text === text) ?? part.shape;
}

const REFUSED =
  /\b(?:unknown|unrecogni[sz]ed|illegal|invalid|unexpected|unsupported|nonexistent|no such|bad)\b.{0,30}\b(?:option|flag|switch|argument|predicate|parameter)|flag provided but not defined|\b(?:option|flag|switch) .{1,60}(?:is unknown|does(?:n't| not) exist|was replaced|was removed|not recogni[sz]ed|not supported|not found)|wasn't expected|\b(?:no|find an) option named\b/i;

/** The option is known, but its value is wrong or missing. */
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
    .flatMap(parseOption)
    .filter((option) => lines.some((line) => isRefusal(line, option)));
  const [option] = refused;
  const text = `${called} ${option}${OPEN}`;
  return refused.length === 1 && open.some((shape) => shape.text === text) ? text : '';
}

/**
 * Whether a shell says that the program is missing: `sh: 1: jq: not found`, `bash: line 1: jq:
 * command not found`, `command not found: jq`.
 */
export function saysMissing(line: string, program: string): boolean {
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
