import { structuredPatch, formatPatch } from 'diff';

/**
 * The change as a unified diff with three lines of context; `''` when nothing changes. `before` is
 * `undefined` for a file that is not there yet.
 */
export function diffSettings(
  path: string,
  before: string | undefined,
  after: string | undefined,
): string {
  if (before === after) return '';
  const patch = structuredPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    '',
    '',
    {
      context: 3,
    },
  );
  // the names as they are: for programs, letters beyond ASCII would be numbers
  const text = formatPatch(patch);
  const body = text.slice(text.indexOf('\n@@ ') + 1);
  return `--- ${patch.oldFileName}\n+++ ${patch.newFileName}\n${body}`;
}
