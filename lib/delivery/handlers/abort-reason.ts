/** Describes for people why a handler was stopped. */
export function abortReason({ reason }: AbortSignal): string {
  const isLate =
    reason instanceof Error && (reason.name === 'TimeoutError' || reason.message === 'time limit');
  return isLate
    ? 'It took longer than its time limit and was ended'
    : 'It was ended before it was done';
}
