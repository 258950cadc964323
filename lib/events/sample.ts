/** How ids of sample sessions begin, which the installer sends through the hooks to prove them. */
export const SAMPLE_PREFIX = 'waymark-proof-';

/**
 * Whether a session is a sample. Its events are stored, since that is the proof, and have no effect: no rows of sessions, no views, no
 * deliveries, no lines in logs and archive.
 */
export function isSampleSession(session: string | undefined): boolean {
  return session?.startsWith(SAMPLE_PREFIX) === true;
}
