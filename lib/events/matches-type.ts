/**
 * Whether an event type matches one of the globs. `*` matches any run of characters, including
 * dots.
 */
export function matchesType(globs: readonly string[], type: string): boolean {
  return globs.some(
    (glob) => glob === '*' || glob === type || (glob.includes('*') && fits(glob.split('*'), type)),
  );
}

/**
 * Whether the text contains the pieces between the stars in order, the first at the start and the
 * last at the end. Linear: searches for each piece once.
 */
function fits(pieces: readonly string[], type: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!type.startsWith(first) || !type.endsWith(last) || type.length < first.length + last.length)
    return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = type.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return from <= type.length - last.length;
}
