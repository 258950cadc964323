import { useState } from 'preact/hooks';
import { plural } from '../../../core/units.ts';
import type { DeadLetterSummary } from '../../../query/dead-letters.ts';
import type { Problem } from '../../server/answer.ts';
import type {
  DeadLetterAnswer,
  DeadLettersAnswer,
  DeadLettersChanged,
} from '../../server/routes/dead-letters.ts';
import { change, toProblem } from '../api.ts';
import { Ago } from '../parts/ago.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Answered, Empty, ProblemNote } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign, ForeignBlock, Prose } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';

/** What is decided about letters. */
type Verb = 'retry' | 'discard';

/** Which letters: those with these ids, and with `newest` also all that came until then. */
interface Wish {
  readonly verb: Verb;
  readonly ids: readonly string[];
  readonly count: number;
  readonly newest?: string | null;
  readonly handler?: string | undefined;
}

/** What was given up, why, and what to do with it. */
export function DeadLettersPage() {
  const { query } = useStore(place);
  const handler = query.get('handler');
  const opened = query.get('letter');
  const path = handler === null ? '' : `?${new URLSearchParams({ handler })}`;
  const asked = useAnswer<DeadLettersAnswer>(`/api/dead-letters${path}`);
  const [wish, setWish] = useState<Wish>();
  const [said, setSaid] = useState('');
  return (
    <>
      <h1>Dead letters</h1>
      <p role="status" class={said === '' ? '' : 'note good'}>
        {said}
      </p>
      {handler !== null && (
        <p>
          <Badge tone="accent">
            handler: <Foreign text={handler} />
          </Badge>{' '}
          <button type="button" class="quiet" onClick={() => setQuery({ handler: '' })}>
            Show all
          </button>
        </p>
      )}
      <Answered asked={asked}>
        {({ letters, more, newest, problem }) => (
          <>
            {problem !== null && <p class="note warn">{problem}</p>}
            {letters.length === 0 ? (
              <NoLetters isFiltered={handler !== null} />
            ) : (
              <Letters {...{ letters, more, newest, handler }} onWish={setWish} />
            )}
          </>
        )}
      </Answered>
      {opened !== null && wish === undefined && (
        <LetterDialog id={opened} onWish={setWish} onClose={() => setQuery({ letter: '' })} />
      )}
      {wish !== undefined && (
        <DecideDialog
          wish={wish}
          onClose={(done) => {
            setWish(undefined);
            if (done === undefined) return;
            setSaid(done);
            setQuery({ letter: '' });
            asked.reload();
          }}
        />
      )}
    </>
  );
}

function NoLetters({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return (
      <Empty title="This handler has no dead letters">
        <p>Others may have some: show all.</p>
      </Empty>
    );
  return (
    <Empty title="No dead letters">
      <p>
        An entry that cannot be applied, or a delivery that a handler or a webhook does not take
        after its last attempt, waits here with its reason until you try it again or delete it.
      </p>
    </Empty>
  );
}

function Letters({
  letters,
  more,
  newest,
  handler,
  onWish,
}: Pick<DeadLettersAnswer, 'letters' | 'more' | 'newest'> & {
  readonly handler: string | null;
  readonly onWish: (wish: Wish) => void;
}) {
  const all: Omit<Wish, 'verb'> = {
    ids: letters.filter(({ at }) => at === null).map(({ id }) => id),
    count: letters.length + more,
    newest,
    handler: handler ?? undefined,
  };
  return (
    <>
      <p class="steps">
        <span class="muted">{plural(letters.length + more, 'dead letter')}, the latest first</span>
        <button type="button" onClick={() => onWish({ ...all, verb: 'retry' })}>
          Retry all
        </button>
        <button type="button" class="danger" onClick={() => onWish({ ...all, verb: 'discard' })}>
          Discard all
        </button>
      </p>
      <Table
        name="Dead letters"
        columns={columnsFor(onWish)}
        rows={letters}
        keyOf={({ id }) => id}
      />
      {more > 0 && <p class="muted">And {plural(more, 'earlier one')}.</p>}
    </>
  );
}

function columnsFor(onWish: (wish: Wish) => void): readonly Column<DeadLetterSummary>[] {
  const decide = (verb: Verb, { id }: DeadLetterSummary): void =>
    onWish({ verb, ids: [id], count: 1 });
  return [
    {
      title: 'Type',
      cell: ({ id, type }) => (
        <button
          type="button"
          class="link"
          data-row
          aria-haspopup="dialog"
          onClick={() => setQuery({ letter: id })}
        >
          <Foreign text={type} />
        </button>
      ),
    },
    { title: 'Why', cell: ({ reason }) => <Foreign text={reason} /> },
    {
      title: 'For',
      isExtra: true,
      cell: ({ handler }) =>
        handler === undefined ? (
          'the store'
        ) : (
          <a class="plain" href={`/dead-letters?${new URLSearchParams({ handler })}`}>
            <Foreign text={handler} />
          </a>
        ),
    },
    { title: 'Attempts', isFigure: true, isExtra: true, cell: ({ attempts }) => attempts },
    { title: 'Given up', isExtra: true, cell: ({ at }) => <Ago at={at} /> },
    {
      title: 'Decide',
      cell: (letter) => (
        <span class="decide">
          <button
            type="button"
            aria-label={`Retry ${letter.id}`}
            onClick={() => decide('retry', letter)}
          >
            Retry
          </button>{' '}
          <button
            type="button"
            class="danger"
            aria-label={`Discard ${letter.id}`}
            onClick={() => decide('discard', letter)}
          >
            Discard
          </button>
        </span>
      ),
    },
  ];
}

function LetterDialog({
  id,
  onWish,
  onClose,
}: {
  readonly id: string;
  readonly onWish: (wish: Wish) => void;
  readonly onClose: () => void;
}) {
  const asked = useAnswer<DeadLetterAnswer>(
    `/api/dead-letter?${new URLSearchParams({ id })}`,
    'once',
  );
  return (
    <Dialog title="Dead letter" onClose={onClose}>
      <Answered asked={asked}>
        {({ letter, content, remedy, output }) => (
          <>
            <p class="bad-text">
              <Foreign text={letter.reason} />
            </p>
            {remedy !== null && (
              <p>
                <Prose text={remedy} />
              </p>
            )}
            <p class="muted">
              <Foreign text={letter.type} />, {plural(letter.attempts, 'attempt')},{' '}
              <Ago at={letter.at} />
              {letter.handler !== undefined && (
                <>
                  , for <Foreign text={letter.handler} />
                </>
              )}
            </p>
            {output !== null && output !== '' && (
              <>
                <h3>Output</h3>
                <ForeignBlock text={output} className="output" />
              </>
            )}
            <h3>Content</h3>
            <ForeignBlock text={pretty(content)} className="output" />
            <p class="steps">
              <button
                type="button"
                class="primary"
                onClick={() => onWish({ verb: 'retry', ids: [letter.id], count: 1 })}
              >
                Retry
              </button>
              <button
                type="button"
                class="danger"
                onClick={() => onWish({ verb: 'discard', ids: [letter.id], count: 1 })}
              >
                Discard
              </button>
            </p>
          </>
        )}
      </Answered>
    </Dialog>
  );
}

/** JSON in lines; anything else as it is. */
function pretty(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

function bodyOf({ ids, count, newest, handler }: Wish): object {
  return newest === undefined ? { ids } : { ids, handler, seen: { newest, count } };
}

const VERBS: Readonly<Record<Verb, { readonly title: string; readonly done: string }>> = {
  retry: { title: 'Retry', done: 'retried' },
  discard: { title: 'Discard', done: 'discarded' },
};

function DecideDialog({
  wish,
  onClose,
}: {
  readonly wish: Wish;
  readonly onClose: (done?: string) => void;
}) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const { title, done } = VERBS[wish.verb];
  const decide = async (): Promise<void> => {
    setBusy(true);
    try {
      const changed = await change<DeadLettersChanged>(
        `/api/dead-letters/${wish.verb}`,
        bodyOf(wish),
      );
      const isDone = changed.isDone && changed.hasWorker;
      const what = isDone ? done : `will be ${done} when a worker runs`;
      onClose(`${plural(changed.count, 'dead letter')} ${what}.`);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={`${title} ${plural(wish.count, 'dead letter')}?`} onClose={() => onClose()}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <p>
        {wish.verb === 'retry'
          ? 'Entries go back into the queue; deliveries are retried. Attempts are counted from 0 again.'
          : 'They are deleted permanently. This cannot be undone.'}
      </p>
      <p class="steps">
        <button
          type="button"
          class={wish.verb === 'retry' ? 'primary' : 'danger'}
          disabled={isBusy}
          onClick={() => void decide()}
        >
          {title}
        </button>
        <button type="button" onClick={() => onClose()}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}
