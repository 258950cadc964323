/**
 * Matches colours, cursor moves and titles of terminals, and control characters except line breaks
 * and tabs.
 */
const TERMINAL =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b.|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * Returns what a failed call printed, without colours and without the exit status that Claude Code
 * adds in front.
 */
export function errorBody(error: string): string {
  return error
    .replace(/\r\n?/g, '\n')
    .replace(TERMINAL, '')
    .replace(/^\s*Exit code \d+[ \t]*\n?/, '')
    .trim();
}

/** Reads the exit status that Claude Code adds in front of what a command printed. */
export function exitStatus(error: string): number | undefined {
  const digits = /^\s*Exit code (\d{1,3})\b/.exec(error)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
