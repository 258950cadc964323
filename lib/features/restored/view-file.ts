/**
 * Returns the name of the file, in a session's throttle folder, that marks a restore as announced
 * to Claude.
 */
export function announcedMarkName(id: string): string {
  return `said-restored-${id}`;
}

/** Returns the path of a session's view, below `views/`. */
export function formatViewName(session: string): string {
  return `restored/${session}.json`;
}
