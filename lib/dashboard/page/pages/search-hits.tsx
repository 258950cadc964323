import { Runnable } from '../parts/runnable.tsx';
import { formatCount, plural } from '../../../core/units.ts';
import type { SearchAnswer } from '../../server/routes/sessions.ts';
import { projectName, sessionPath } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { Empty } from '../parts/states.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { visibleText } from '../visible-text.ts';

type Hit = SearchAnswer['hits'][number];

/** Places that were found, best first. */
export function SearchHits({ found }: { readonly found: SearchAnswer }) {
  const { hits, matches, isCut, isOutputSkipped, isEmpty, isMissing, isAskCut, waiting } = found;
  if (isMissing)
    return (
      <Empty title="No search index yet">
        <p>
          The worker builds it. To build it now: <Runnable text="`waymark search --rebuild`" />
        </p>
      </Empty>
    );
  if (hits.length === 0)
    return (
      <Empty title={isEmpty ? 'No word to search' : 'Nothing found'}>
        <p>
          All words must be in one place. "Quotes" make a phrase, a star at the end finds all words
          that begin so.
          {waiting > 0 && ` ${plural(waiting, 'session')} are not in the index yet.`}
        </p>
      </Empty>
    );
  return (
    <>
      <p class="muted" role="status">
        {isCut ? 'More than ' : ''}
        {formatCount(matches)} {matches === 1 ? 'place' : 'places'}, best first
        {isOutputSkipped && '; output of calls was not searched'}
        {isAskCut && '; only the first words were searched'}
        {waiting > 0 && `; ${plural(waiting, 'session')} are not in the index yet`}
      </p>
      <ol class="hits">
        {hits.map((hit) => (
          <li key={hit.id} class="card">
            <HitCard hit={hit} />
          </li>
        ))}
      </ol>
    </>
  );
}

function HitCard({ hit }: { readonly hit: Hit }) {
  return (
    <>
      <div class="card-head">
        <a data-row href={sessionPath(hit.session)} class="strong">
          <Foreign text={hit.title} none={`Session ${hit.session.slice(0, 8)}`} />
        </a>
        <span class="muted">
          {projectName(hit.project)} · <Ago at={hit.at} />
        </span>
      </div>
      <p>
        <Badge tone={hit.outcome === 'failed' ? 'bad' : 'plain'}>{hit.kind}</Badge>{' '}
        <Snippet snippet={hit.snippet} />
      </p>
    </>
  );
}

/** The found words are marked. */
function Snippet({ snippet }: Pick<Hit, 'snippet'>) {
  return (
    <bdi>
      {snippetParts(snippet).map(({ text, isMatch }, index) =>
        isMatch ? <mark key={index}>{visibleText(text)}</mark> : visibleText(text),
      )}
    </bdi>
  );
}

interface SnippetPart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A snippet cut at its marks. */
export function snippetParts({ text, marks }: Hit['snippet']): readonly SnippetPart[] {
  const parts: SnippetPart[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    if (start > at) parts.push({ text: text.slice(at, start), isMatch: false });
    parts.push({ text: text.slice(start, end), isMatch: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isMatch: false });
  return parts;
}
