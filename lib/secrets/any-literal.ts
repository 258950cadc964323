/** After so many texts a pattern pays for being made, which takes a millisecond: in a worker, never in a hook. */
const MANY = 50;

/** A test whether a text may hold one of `literals`: always true at first, exact in a process that tests many texts. */
export function mayHoldAny(
  literals: () => readonly string[],
  before = '',
  behind = '',
): (text: string) => boolean {
  let asked = 0;
  let pattern: RegExp | undefined;
  return (text) => {
    asked += 1;
    if (asked < MANY) return true;
    pattern ??= new RegExp(`${before}(?:${literals().map(escaped).join('|')})${behind}`);
    return pattern.test(text);
  };
}

function escaped(literal: string): string {
  return literal.replace(/[.$+?*()|^\\/{}[\]-]/g, '\\$&');
}
