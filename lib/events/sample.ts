/**
 * Prefix of the ids of sample sessions. The installer sends them through the hooks to prove that
 * the hooks work.
 */
export const SAMPLE_PREFIX = 'waymark-proof-';

/**
 * Whether a session is a sample. Its events are stored, which is the proof, but have no effect: no
 * session rows, no views, no deliveries, no lines in logs and archive.
 */
export function isSampleSession(session: string | undefined): boolean {
  return session?.startsWith(SAMPLE_PREFIX) === true;
}
