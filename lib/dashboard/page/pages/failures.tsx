import { useState } from 'preact/hooks';
import { formatCount, plural } from '../../../core/units.ts';
import type { Problem } from '../../server/answer.ts';
import type { FailureChangeAnswer, FailuresAnswer } from '../../server/routes/failures.ts';
import { change, toProblem } from '../api.ts';
import { projectName } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Answered, Empty, Figure, Figures, ProblemNote } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Foreign } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';

type Failure = FailuresAnswer['failures'][number];
type Told = FailuresAnswer['told'];

/** What the user can choose: as `waymark failures set` has it. */
const ACTIONS = [
  ['warn', 'warn Claude'],
  ['ask', 'ask me'],
  ['deny', 'refuse the call'],
  ['auto-fix', 'run the fix instead'],
  ['mute', 'do not warn'],
] as const;

/** Commands that are known to fail, what fixed them, and what happens next time. */
export function FailuresPage() {
  const asked = useAnswer<FailuresAnswer>('/api/failures?limit=200');
  const [problem, setProblem] = useState<Problem>();
  const [note, setNote] = useState('');
  const [doomed, setDoomed] = useState<Failure>();
  const send: Send = async (id, body) => {
    try {
      const done = await change<FailureChangeAnswer>(
        `/api/failures/${encodeURIComponent(id)}`,
        body,
      );
      setProblem(undefined);
      setNote(
        done.isStored ? 'Changed.' : 'Queued: no worker is running. The next hook starts one.',
      );
      asked.reload();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <>
      <h1>Failures</h1>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <p role="status" class="muted">
        {note}
      </p>
      <Answered asked={asked}>
        {({ failures, told, failedCalls }) => (
          <>
            <Totals told={told} failedCalls={failedCalls} known={failures.length} />
            {failures.length === 0 ? (
              <NoFailures failedCalls={failedCalls} />
            ) : (
              <Table
                name="Known failures"
                columns={columnsWith(send, setDoomed)}
                rows={failures}
                keyOf={({ id }) => id}
              />
            )}
          </>
        )}
      </Answered>
      {doomed !== undefined && (
        <DeleteDialog
          failure={doomed}
          onClose={() => setDoomed(undefined)}
          onDelete={() => {
            void send(doomed.id, { change: 'delete' });
            setDoomed(undefined);
          }}
        />
      )}
    </>
  );
}

type Send = (
  id: string,
  body: { readonly change: string; readonly action?: string },
) => Promise<void>;

function Totals({
  told,
  failedCalls,
  known,
}: {
  readonly told: Told;
  readonly failedCalls: number;
  readonly known: number;
}) {
  const judged = told.heeded + told.failedAgain + told.wentWell;
  return (
    <Figures>
      <Figure label="Failed calls">{formatCount(failedCalls)}</Figure>
      <Figure label="Known failures">{formatCount(known)}</Figure>
      <Figure label="Claude was warned" note={plural(told.told, 'time')}>
        {formatCount(told.told)}
      </Figure>
      <Figure label="Heeded" note={judged === 0 ? 'unknown yet' : `of ${formatCount(judged)}`}>
        {formatCount(told.heeded)}
      </Figure>
      <Figure label="Failed again">{formatCount(told.failedAgain)}</Figure>
    </Figures>
  );
}

function NoFailures({ failedCalls }: Pick<FailuresAnswer, 'failedCalls'>) {
  return (
    <Empty title="No known failures">
      <p>
        {failedCalls > 0
          ? `${plural(failedCalls, 'call')} failed, but none of them would fail again the same way.`
          : 'A command that would fail again the same way is shown here, with what fixed it.'}{' '}
        Claude is warned before it runs such a command again.
      </p>
    </Empty>
  );
}

function columnsWith(send: Send, onDelete: (failure: Failure) => void): readonly Column<Failure>[] {
  return [
    {
      title: 'Command',
      cell: ({ pattern, tool, lastError }) => (
        <>
          <code>
            <Foreign text={pattern === '' ? tool : pattern} />
          </code>
          <p class="muted">
            <Foreign text={lastError} />
          </p>
        </>
      ),
    },
    {
      title: 'What worked',
      cell: ({ fix, fixCount, team }) =>
        fix === null ? (
          '–'
        ) : (
          <>
            <code>
              <Foreign text={fix} />
            </code>{' '}
            <span class="muted">
              {plural(fixCount, 'time')}
              {team === null ? '' : team.confirmed ? ', confirmed by the team' : ', in the team'}
            </span>
          </>
        ),
    },
    {
      ...{ title: 'Failed', isFigure: true, isExtra: true },
      cell: ({ count, sessions, team }) => (
        <>
          {formatCount(count)}{' '}
          <span class="muted">
            {team === null || team.fixOnly
              ? `in ${plural(sessions, 'session')}`
              : `in the team, for ${plural(team.people, 'person', 'people')}`}
          </span>
        </>
      ),
    },
    { title: 'Last', isExtra: true, cell: ({ lastSeen }) => <Ago at={lastSeen} /> },
    {
      ...{ title: 'Where', isExtra: true },
      cell: ({ scope, projects }) =>
        scope === 'global' ? 'everywhere' : projects.map((one) => projectName(one)).join(', '),
    },
    { ...{ title: 'Warned', isExtra: true }, cell: ({ told }) => <ToldText told={told} /> },
    {
      title: 'Next time',
      cell: (failure) => <Actions failure={failure} send={send} onDelete={onDelete} />,
    },
  ];
}

function ToldText({ told }: { readonly told: Told }) {
  if (told.told === 0) return <>–</>;
  const parts = [
    `${plural(told.told, 'time')}`,
    ...(told.heeded > 0 ? [`heeded ${formatCount(told.heeded)}`] : []),
    ...(told.failedAgain > 0 ? [`failed again ${formatCount(told.failedAgain)}`] : []),
  ];
  return <>{parts.join(', ')}</>;
}

function Actions({
  failure,
  send,
  onDelete,
}: {
  readonly failure: Failure;
  readonly send: Send;
  readonly onDelete: (failure: Failure) => void;
}) {
  const { id, action, pattern, fix } = failure;
  const name = pattern === '' ? id : pattern;
  return (
    <span class="steps">
      <select
        data-row
        aria-label={`Next time ${name} is tried`}
        value={action}
        onChange={(event) => void send(id, { change: 'set', action: event.currentTarget.value })}
      >
        {ACTIONS.filter(([value]) => value !== 'auto-fix' || fix !== null || action === value).map(
          ([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ),
        )}
      </select>
      <button
        type="button"
        class="quiet"
        aria-label={`Delete ${name}`}
        onClick={() => onDelete(failure)}
      >
        Delete
      </button>
    </span>
  );
}

function DeleteDialog({
  failure,
  onClose,
  onDelete,
}: {
  readonly failure: Failure;
  readonly onClose: () => void;
  readonly onDelete: () => void;
}) {
  return (
    <Dialog title="Delete this known failure?" onClose={onClose}>
      <p>
        <code>
          <Foreign text={failure.pattern === '' ? failure.tool : failure.pattern} />
        </code>
      </p>
      <p class="muted">
        Claude is no longer warned. If the command fails again, waymark learns it again.
      </p>
      <p class="steps">
        <button type="button" class="primary" onClick={onDelete}>
          Delete
        </button>
        <button type="button" onClick={onClose}>
          Keep
        </button>
      </p>
    </Dialog>
  );
}
