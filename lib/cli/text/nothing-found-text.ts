import { shellWord } from '../../core/shell-word.ts';
import { plural } from '../../core/units.ts';
import type { NothingFound } from '../../query/explain-nothing.ts';
import { alignColumns } from './table.ts';

/** More are not counted. */
const MOST = 5_000;

/** Says that a search found nothing, and which other one would find something. */
export function formatNothingFound(found: NothingFound): readonly string[] {
  const { withoutLimits, beginnings, parts } = found;
  if (withoutLimits > 0)
    return [`Nothing found with these limits; ${places(withoutLimits)} without them.`];
  const open =
    beginnings === undefined
      ? []
      : [
          `A star finds words that begin so (${places(beginnings.places)}):`,
          `  \`waymark search ${shellWord(beginnings.words)}\``,
        ];
  if (parts.length === 0) return ['Nothing found.', ...open];
  if (parts.every((part) => part.places === 0))
    return ['Nothing found, nor any of the words alone.', ...open];
  const rows = parts.map((part) => [part.text, part.places === 0 ? 'none' : places(part.places)]);
  return [
    'Nothing found: a place must have all of the words. Alone, they are in:',
    ...alignColumns(rows, { indent: '  ' }),
    ...open,
  ];
}

function places(count: number): string {
  return `${plural(count, 'place')}${count >= MOST ? ' or more' : ''}`;
}
