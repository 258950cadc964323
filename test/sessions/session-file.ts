/**
 * What has a meaning at the beginning of a line; output that looks so gets a backslash in front.
 */
const BEGINNING = /^(?:\$ |# |> |2> |\[\d+\]$|\\)/;

/** What the file says (a comment), or a command that is run. */
export interface SessionPart {
  readonly kind: 'comment' | 'command';
  readonly text: string;
}

/** What a command printed, and its exit status. */
export interface Printed {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** Comments and commands of a session file in their order. Expected output is left out. */
export function readParts(file: string): readonly SessionPart[] {
  const parts: { kind: SessionPart['kind']; text: string; isOpen: boolean }[] = [];
  for (const line of file.split('\n')) {
    const last = parts.at(-1);
    const rest = line.slice(2);
    if (line.startsWith('$ ')) parts.push({ kind: 'command', text: rest, isOpen: true });
    else if (line.startsWith('# '))
      if (last?.kind === 'comment' && last.isOpen) last.text += `\n${rest}`;
      else parts.push({ kind: 'comment', text: rest, isOpen: true });
    else if (line.startsWith('> ') && last?.kind === 'command' && last.isOpen)
      last.text += `\n${rest}`;
    else if (last !== undefined) last.isOpen = false;
  }
  return parts;
}

/** A comment, or a command with all that it printed, as a session file has it. */
export function writePart({ kind, text }: SessionPart, printed?: Printed): string {
  if (kind === 'comment') return text.replace(/^/gm, '# ');
  const { out = '', err = '', status = 0 } = printed ?? {};
  return [
    `$ ${text.replaceAll('\n', '\n> ')}`,
    ...linesOf(out).map((line) => line.replace(BEGINNING, '\\$&')),
    ...linesOf(err).map((line) => `2> ${line}`),
    ...(status === 0 ? [] : [`[${status}]`]),
  ].join('\n');
}

/** A last line without an end is marked, so that the end counts, too. */
function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  return text.endsWith('\n') ? text.slice(0, -1).split('\n') : `${text}(no line end)`.split('\n');
}
