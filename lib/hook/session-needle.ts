const PREFIX = '"session_id":';

/**
 * Returns the needle of a session: its id as it appears in the client's JSON. The gate in front of
 * PreToolUse then starts Node at the next call of that session.
 */
export function sessionNeedle(session: string): string {
  return `${PREFIX}${JSON.stringify(session)}`;
}

/** Whether a line of the gate's file is a session needle. */
export function isSessionNeedle(line: string): boolean {
  return line.startsWith(PREFIX);
}
