import { headOf } from '../../core/text.ts';
import type { KnownPattern } from './known-pattern.ts';

const WARNING_LIMIT = 600;
const COMMAND_LIMIT = 120;
const ERROR_LIMIT = 180;

const MINUTE_MS = 60_000;
const UNITS = [
  ['month', 43_200],
  ['week', 10_080],
  ['day', 1_440],
  ['hour', 60],
  ['minute', 1],
] as const;

/** What Claude is told before it repeats a known failure: what failed, how often, the last error in one line, what worked instead. At most 600 units. */
export function warningText(pattern: KnownPattern, now: number): string {
  const { count, sessions, lastAt, lastError, error, lastCommand, tool } = pattern;
  const what = tool === 'Bash' ? quoted(lastCommand) : `${tool} of ${quoted(lastCommand)}`;
  const where = sessions > 1 ? ` in ${sessions} sessions` : '';
  const lines = [
    `waymark: this is known to fail here. ${what} failed ${times(count)}${where}, last ${ago(now - lastAt)}.`,
    `Last error: ${oneLine(lastError === '' ? error : lastError, ERROR_LIMIT)}`,
    helpText(pattern),
  ];
  return headOf(lines.join('\n'), WARNING_LIMIT);
}

function helpText({ fix, kind }: KnownPattern): string {
  if (fix === null)
    return kind === 'environment'
      ? 'Nothing has helped so far: mend the cause before you try it again.'
      : 'Nothing has helped so far: try it another way.';
  const often = fix.count > 1 ? ` (${times(fix.count)})` : '';
  if (fix.isEdit) return `What helped: an edit of ${quoted(fix.text)}${often}.`;
  return `What worked instead: ${quoted(fix.text)}${often}.`;
}

function quoted(command: string): string {
  return `\`${oneLine(command, COMMAND_LIMIT).replaceAll('`', "'")}\``;
}

function oneLine(text: string, limit: number): string {
  return headOf(text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim(), limit);
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

function ago(elapsedMs: number): string {
  const minutes = Math.floor(elapsedMs / MINUTE_MS);
  const [unit, size] = UNITS.find(([, minutesOf]) => minutes >= minutesOf) ?? [];
  if (unit === undefined || size === undefined) return 'just now';
  const count = Math.floor(minutes / size);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
