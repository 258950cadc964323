import type { CommandPart } from './command-shape.ts';
import { listPlainWords } from './started-by.ts';

/**
 * Whether `later` is `failed` at another address: an added option names a host, port or socket, or
 * one word has another host or port. Says what helps after a refused connection.
 */
export function isAtOtherAddress(failed: CommandPart, later: CommandPart): boolean {
  if (failed.program !== later.program) return false;
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  return addsAddress(before, after) || changesAddress(before, after);
}

const ADDRESS_OPTION =
  /^(?:-[pPhH]\d*|--(?:port|host|url|endpoint|registry|proxy|socket|server)\b.*)$/;

function addsAddress(before: readonly string[], after: readonly string[]): boolean {
  return addsWords(before, after) && after.some((word) => ADDRESS_OPTION.test(word));
}

/** Whether `after` has all words of `before` in the same order. */
export function addsWords(before: readonly string[], after: readonly string[]): boolean {
  let at = 0;
  for (const word of after) if (word === before[at]) at += 1;
  return at === before.length;
}

function changesAddress(before: readonly string[], after: readonly string[]): boolean {
  const changed = before.flatMap((word, at) => (word === after[at] ? [] : [at]));
  const [at = 0] = changed;
  const [from = '', to = ''] = [before[at], after[at]];
  return (
    before.length === after.length &&
    changed.length === 1 &&
    (ADDRESS_OPTION.test(before[at - 1] ?? '') ||
      (hasAddress(from) && hasAddress(to) && withoutAddress(from) === withoutAddress(to)))
  );
}

/** `http://localhost:3000`, `127.0.0.1:6379`, `--port=3000`. */
const ADDRESS = /(?<=:\/\/)[^/?#]+|^[\w.-]+:\d+|(?<=^-{1,2}(?:p|port|host|h)=?)[\w.-]+$/i;

const hasAddress = (word: string): boolean => ADDRESS.test(word);

const withoutAddress = (word: string): string => word.replace(ADDRESS, '');
