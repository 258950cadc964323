import { oneLine } from '../../core/one-line.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatAgo, plural } from '../../core/units.ts';
import type { NothingFound } from '../../query/explain-nothing.ts';
import type { Snippet } from '../../query/search-snippet.ts';
import type { SearchHit } from '../../query/search-hit.ts';
import { cutText, displayWidth } from './display-width.ts';
import type { Paint } from './paint.ts';
import { projectName } from './session-row.ts';
import { shortenIds } from './short-ids.ts';
import { alignColumns } from './table.ts';

export interface HitTextOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Columns of a line. */
  readonly width: number;
}

const INDENT = '    ';

/**
 * Hits for people, two lines each: session, age, project, what it is and its name; then where the
 * words are.
 */
export function formatHits(hits: readonly SearchHit[], options: HitTextOptions): readonly string[] {
  const short = shortenIds(hits.map(({ session }) => session));
  return hits.flatMap((hit) => {
    const head = headOf(hit, short.get(hit.session) ?? hit.session, options);
    return [head, `${INDENT}${formatSnippet(hit.snippet, options)}`];
  });
}

function headOf(hit: SearchHit, short: string, { paint, now, width }: HitTextOptions): string {
  const { kind, tool, outcome } = hit;
  const what = tool === null || kind === 'title' ? kind : `${kind} of ${oneLine(tool)}`;
  const hasFailed = outcome === 'failed' || outcome === 'rejected';
  const left = [
    paint.bold(oneLine(short)),
    formatAgo(Date.parse(hit.at), now),
    paint.cyan(projectName(hit.project)),
    hasFailed ? paint.red(`${what} ✗`) : what,
    ...(hit.title === null || kind === 'title' ? [] : [paint.dim(oneLine(hit.title))]),
  ].join('  ');
  const room = width - displayWidth(hit.id) - 2;
  const cut = cutText(left, room);
  return `${cut}${' '.repeat(Math.max(0, room - displayWidth(cut)))}  ${paint.dim(hit.id)}`;
}

/** Highlights the words that were found, if there are colours. */
export function formatSnippet(
  { text, marks }: Snippet,
  { paint, width }: Pick<HitTextOptions, 'paint' | 'width'>,
): string {
  let painted = '';
  let at = 0;
  for (const [start, end] of marks) {
    painted += `${text.slice(at, start)}${paint.yellow(text.slice(start, end))}`;
    at = end;
  }
  return cutText(`${painted}${text.slice(at)}`, width - INDENT.length);
}

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
