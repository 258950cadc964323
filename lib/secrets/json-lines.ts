/**
 * Cuts a stream of text into lines at `\n` alone and hands over each that is complete.
 * (`node:readline` also cuts at U+2028, which JSON leaves as it is.)
 */
export function lineSplitter(onLine: (line: string) => void): (chunk: string) => void {
  let parts: string[] = [];
  return (chunk) => {
    const lines = chunk.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      onLine(parts.join('') + line);
      parts = [];
    }
    if (rest !== '') parts.push(rest);
  };
}
