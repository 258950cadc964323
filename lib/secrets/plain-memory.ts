/** Texts of which is known that nothing has to be taken out of them: paths, ids and names come again with nearly every event. */
export interface PlainMemory {
  has(text: string): boolean;
  add(text: string): void;
}

/** Longer texts seldom come twice. */
const LONGEST = 160;

/** Remembers the `size` texts that were used last, or up to twice as many. */
export function plainMemory(size = 1_000): PlainMemory {
  let young = new Set<string>();
  let old = new Set<string>();
  const add = (text: string): void => {
    if (text.length > LONGEST) return;
    if (young.size >= size) [old, young] = [young, new Set()];
    young.add(text);
  };
  return {
    add,
    has(text) {
      if (young.has(text)) return true;
      if (!old.has(text)) return false;
      add(text);
      return true;
    },
  };
}
