const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"])+/g;
const QUOTED = /'[^']*'|"[^"$]*"/g;

/** A call of `waymark` that needs no shell. */
export interface OwnCommand {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A line that is one call of `waymark` and nothing else; `undefined` for what needs a shell. */
export function readOwnCommand(command: string): OwnCommand | undefined {
  if (/[|;&$`()<>*~\n]/.test(command.replace(QUOTED, ''))) return undefined;
  const words = command.match(WORD) ?? [];
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  if (words[first] !== 'waymark') return undefined;
  const plain = words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  const set = plain.slice(0, first).map((word) => word.split(/=(.*)/s).slice(0, 2));
  return { args: plain.slice(first + 1), environment: Object.fromEntries(set) };
}
