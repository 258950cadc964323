/** Lines by which a program reports progress: in front of an error they would fill its head. */
const PROGRESS =
  /^[ \t]*(?:\u001b\[[\d;]*m)?\[?(?:\u001b\[[\d;]*m)?(?:INFO|DEBUG|TRACE)\b(?:\u001b\[[\d;]*m)?[\]:]?(?:[ \t].*)?(?:\n|$)/gm;

/** Beyond this, a text is left as it is. */
const MAX_LENGTH = 65_536;

/** A text that is longer than `limit`, without lines that only report progress. */
export function withoutProgress(text: string, limit: number): string {
  return text.length <= limit || text.length > MAX_LENGTH ? text : text.replace(PROGRESS, '');
}
