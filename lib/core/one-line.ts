/** `text` on one line: line breaks and other control characters become spaces, so that nothing recorded can move the cursor. */
export function oneLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
