import { useEffect, useState } from 'preact/hooks';
import { formatBytes, formatCount, plural } from '../../../core/units.ts';
import type { ConversationEntry } from '../../../query/conversation/entry.ts';
import type { ConversationPartAnswer } from '../../server/routes/sessions.ts';
import { onLiveChange } from '../live.ts';
import { ClockTime } from '../parts/ago.tsx';
import { Diff } from '../parts/diff.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { Badge, Foreign, ForeignBlock } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';

type Entry<K extends ConversationEntry['kind']> = Extract<ConversationEntry, { kind: K }>;

/** What was said and done in a session, some two hundred entries at a time. */
export function ConversationView({ session }: { readonly session: string }) {
  const { query } = useStore(place);
  const wanted = query.get('from') ?? '0';
  const asked = useAnswer<ConversationPartAnswer>(
    `/api/sessions/${encodeURIComponent(session)}/conversation?from=${encodeURIComponent(wanted)}`,
    'once',
  );
  const isNews = useNews(session, asked.answer);
  return (
    <Answered asked={asked}>
      {(part) => (
        <>
          <Origin part={part} />
          <Steps part={part} />
          <ol class="conversation">
            {part.entries.map((entry, index) => (
              <li
                key={part.from + index}
                class={`entry ${entry.kind}`}
                style={{ marginLeft: `${Math.min(entry.depth, 6) * 16}px` }}
              >
                <EntryView entry={entry} />
              </li>
            ))}
          </ol>
          <Steps part={part} />
          {isNews && (
            <p>
              <button type="button" onClick={asked.reload}>
                Show new entries
              </button>
            </p>
          )}
        </>
      )}
    </Answered>
  );
}

/** Whether something has happened in the session since the answer. */
function useNews(session: string, answer: unknown): boolean {
  const [isNews, setNews] = useState(false);
  useEffect(() => {
    setNews(false);
    return onLiveChange((message) => {
      if (message?.sessions.includes(session) === true) setNews(true);
    });
  }, [session, answer]);
  return isNews;
}

function Origin({ part }: { readonly part: ConversationPartAnswer }) {
  if (part.entries.length === 0)
    return (
      <Empty title="No conversation yet">
        <p>The conversation is read from the transcript of Claude Code.</p>
      </Empty>
    );
  if (part.origin === 'store')
    return (
      <p class="note warn">
        The transcript is missing and was not archived: this is what the store kept of it.
      </p>
    );
  return part.origin === 'archive' ? <p class="muted">From the archive.</p> : null;
}

function Steps({ part: { from, entries, hasMore } }: { readonly part: ConversationPartAnswer }) {
  if (from === 0 && !hasMore) return null;
  const to = (number: number): void => {
    setQuery({ from: number <= 0 ? '' : String(number) });
    window.scrollTo(0, 0);
  };
  return (
    <p class="steps">
      <span class="muted">
        Entries {formatCount(from + 1)} to {formatCount(from + entries.length)}
      </span>
      {from > 0 && (
        <>
          <button type="button" onClick={() => to(0)}>
            First
          </button>
          <button type="button" onClick={() => to(from - 200)}>
            Earlier
          </button>
        </>
      )}
      {hasMore && (
        <>
          <button type="button" onClick={() => to(from + 200)}>
            Later
          </button>
          <button type="button" onClick={() => setQuery({ from: 'end' })}>
            Last
          </button>
        </>
      )}
    </p>
  );
}

type SaidKind = 'prompt' | 'answer' | 'thought' | 'told' | 'note';

const SPEAKERS: Readonly<Record<SaidKind, string>> = {
  prompt: 'You',
  answer: 'Claude',
  thought: 'Claude thinks',
  told: 'Message from a hook',
  note: 'Note',
};

function EntryView({ entry }: { readonly entry: ConversationEntry }) {
  switch (entry.kind) {
    case 'prompt':
    case 'answer':
    case 'thought':
    case 'told':
    case 'note':
      return (
        <>
          <EntryHead who={SPEAKERS[entry.kind]} at={entry.at} />
          <ForeignBlock text={entry.text} />
        </>
      );
    case 'call':
      return <CallView call={entry} />;
    case 'late-result':
      return (
        <>
          <EntryHead who="A late result" at={entry.at} />
          <ForeignBlock text={entry.result.text} className="output" />
        </>
      );
    case 'compaction':
      return <p class="rule">The context was compacted here</p>;
    case 'agent-start':
    case 'agent-end':
      return (
        <p class="rule">
          Agent <Foreign text={entry.type} none={entry.agentId} />{' '}
          {entry.kind === 'agent-start' ? 'begins' : 'ends'}
        </p>
      );
    case 'image':
    case 'unknown':
      return (
        <p class="muted">
          {entry.kind === 'image' ? 'A picture' : 'Something'} (<Foreign text={entry.what} />,{' '}
          {formatBytes(entry.bytes)})
        </p>
      );
    case 'unread':
      return <p class="muted">{plural(entry.count, 'line')} of the transcript cannot be read</p>;
  }
}

function EntryHead({ who, at }: { readonly who: string; readonly at: number }) {
  return (
    <p class="entry-head">
      <strong>{who}</strong> <span class="muted">{at > 0 && <ClockTime at={at} />}</span>
    </p>
  );
}

const TONES = { ok: 'good', failed: 'bad', rejected: 'warn' } as const;

function CallView({ call }: { readonly call: Entry<'call'> }) {
  const { tool, target, result, diff, fix, at } = call;
  return (
    <details open={result?.outcome === 'failed'}>
      <summary data-row>
        <strong>
          <Foreign text={tool} />
        </strong>{' '}
        <code>
          <Foreign text={target} none="" />
        </code>{' '}
        {result === undefined ? (
          <Badge tone="accent">no result</Badge>
        ) : (
          <Badge tone={TONES[result.outcome]}>{result.outcome}</Badge>
        )}{' '}
        <span class="muted">{at > 0 && <ClockTime at={at} />}</span>
      </summary>
      {fix !== undefined && (
        <p class="note good">
          What worked instead:{' '}
          <code>
            <Foreign text={fix} />
          </code>
        </p>
      )}
      {diff.length > 0 && <Diff lines={diff} />}
      {diff.length === 0 && Object.keys(call.input).length > 0 && (
        <ForeignBlock text={JSON.stringify(call.input, null, 2)} className="output" />
      )}
      {result !== undefined && result.text !== '' && (
        <ForeignBlock text={result.text} className="output" />
      )}
    </details>
  );
}
