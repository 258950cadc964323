/**
 * What a terminal of so many columns shows after `text` was written to it: all lines, those that
 * have scrolled away, too. Knows the movements that prompts use: up, down, left, right, to a
 * column, erase.
 */
export function screenLines(text: string, columns: number): readonly string[] {
  const lines: string[][] = [[]];
  let [row, column] = [0, 0];
  const lineAt = (wanted: number): string[] => {
    while (lines.length <= wanted) lines.push([]);
    return lines[wanted] ?? [];
  };
  const put = (letter: string): void => {
    if (column >= columns) [row, column] = [row + 1, 0];
    const line = lineAt(row);
    while (line.length < column) line.push(' ');
    line[column] = letter;
    column += 1;
  };
  const act = (name: string, count: number): void => {
    const by = Math.max(1, count);
    if (name === 'A') row = Math.max(0, row - by);
    else if (name === 'B') row += by;
    else if (name === 'C') column = Math.min(columns - 1, column + by);
    else if (name === 'D') column = Math.max(0, column - by);
    else if (name === 'G') column = by - 1;
    else if (name === 'K') lineAt(row).splice(count === 2 ? 0 : column);
    else if (name === 'J') {
      lineAt(row).splice(column);
      lines.splice(row + 1);
    } else if (!/[hlm]/.test(name)) throw new Error(`Cannot draw the movement ${name}`);
  };
  for (const [whole, digits, name] of text.matchAll(
    /\u001b\[\??(\d*)(?:;\d+)*([A-Za-z])|[\s\S]/gu,
  )) {
    if (name !== undefined) act(name, Number(digits));
    else if (whole === '\n') row += 1;
    else if (whole === '\r') column = 0;
    else put(whole);
    lineAt(row);
  }
  return lines.map((line) => line.join('').trimEnd());
}
