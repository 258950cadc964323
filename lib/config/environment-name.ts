/**
 * Returns the environment variable of a setting: `checkpointInterval` →
 * `WAYMARK_CHECKPOINT_INTERVAL`.
 */
export function environmentName(name: string): string {
  let words = '';
  for (const letter of name) words += letter === letter.toLowerCase() ? letter : `_${letter}`;
  return `WAYMARK_${words.toUpperCase()}`;
}
