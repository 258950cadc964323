/** `checkpointInterval` → `WAYMARK_CHECKPOINT_INTERVAL`. */
export function environmentName(name: string): string {
  return `WAYMARK_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
