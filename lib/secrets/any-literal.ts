/**
 * After this many texts, compiling a pattern pays off. Compiling takes a millisecond: worth it in a
 * worker, never in a hook.
 */
const MANY = 50;

/**
 * Returns a test whether a text may contain one of `literals`: always true at first, exact in a
 * process that tests many texts.
 */
export function mayContainAny(
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
