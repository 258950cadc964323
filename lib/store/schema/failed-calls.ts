/** Schema 4: calls that failed, which are few, can be counted without reading any other. */
export const FAILED_CALLS = `
CREATE INDEX operations_failed ON operations (hook_outcome, transcript_outcome)
  WHERE coalesce(hook_outcome, transcript_outcome) = 'failed';
`;
