/** Returns the first `limit` units of `text`. Marks a cut with `…` and never splits a character. */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit - 1);
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`;
}
