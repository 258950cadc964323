/**
 * How Claude Code refuses a call that cannot work. Every other refusal is a decision of a person or
 * a program (a permission, a hook), whose text can be anything and says nothing about the call.
 * Tested with clients 2.1.197 and 2.1.330.
 */
const REFUSALS: readonly RegExp[] = [
  /^(?:Error: )?String to replace not found/,
  /^(?:Error: )?Found \d+ matches of the string to replace/,
  /^(?:Error: )?No changes to make/,
  /^(?:Error: )?File (?:does not exist|has not been read yet|has been (?:modified|unexpectedly modified))/,
  /^(?:Error: )?(?:Path|Directory) does not exist/,
  /^(?:Error: )?EISDIR\b/,
  /^InputValidationError\b/,
  /^(?:Error: )?No such tool available\b/,
  /^Agent type '/,
];

/** Whether a call was rejected because the call itself is wrong. */
export function isInvalidCall(error: string): boolean {
  return REFUSALS.some((refusal) => refusal.test(error));
}
