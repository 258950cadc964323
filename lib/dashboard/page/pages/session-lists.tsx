import type { SessionAnswer } from '../../server/routes/sessions.ts';
import { Ago } from '../parts/ago.tsx';
import { Empty } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign, ForeignBlock } from '../parts/text.tsx';

type Failure = SessionAnswer['failures'][number];
type ToldRow = SessionAnswer['told'][number];

const FAILURE_COLUMNS: readonly Column<Failure>[] = [
  { title: 'When', cell: ({ at }) => <Ago at={at} /> },
  {
    title: 'Call',
    cell: ({ tool, target }) => (
      <>
        <Foreign text={tool} />{' '}
        <code>
          <Foreign text={target} none="" />
        </code>
      </>
    ),
  },
  { title: 'Error', cell: ({ error }) => <ForeignBlock text={error ?? ''} /> },
];

/** Calls of a session that failed, the latest first. */
export function Failures({ failures }: Pick<SessionAnswer, 'failures'>) {
  if (failures.length === 0)
    return (
      <Empty title="No failed calls">
        <p>A call that fails is shown here with its error, and with what worked instead.</p>
      </Empty>
    );
  return (
    <Table
      name="Failed calls"
      columns={FAILURE_COLUMNS}
      rows={failures}
      keyOf={({ at }, index) => `${at} ${index}`}
    />
  );
}

const KINDS: Readonly<Record<string, string>> = {
  failure: 'of a known failure',
  context: 'of its context',
  resume: 'where the session was',
  restore: 'of restored files',
};

const OUTCOMES: Readonly<Record<string, readonly [tone: 'good' | 'bad' | 'plain', text: string]>> =
  {
    heeded: ['good', 'heeded'],
    failed_again: ['bad', 'failed again'],
    went_well: ['plain', 'went well'],
  };

const TOLD_COLUMNS: readonly Column<ToldRow>[] = [
  { title: 'When', cell: ({ at }) => <Ago at={at} /> },
  { title: 'Message', cell: ({ kind }) => KINDS[kind] ?? <Foreign text={kind} /> },
  {
    title: 'About',
    cell: ({ target, about }) => (
      <code>
        <Foreign text={target ?? about} />
      </code>
    ),
  },
  {
    title: 'What followed',
    cell: ({ outcome }) => {
      const [tone, text] = OUTCOMES[outcome] ?? ['plain', 'not known'];
      return <Badge tone={tone}>{text}</Badge>;
    },
  },
];

/** What hooks told Claude in a session, the latest first. */
export function Told({ told }: Pick<SessionAnswer, 'told'>) {
  if (told.length === 0)
    return (
      <Empty title="No messages to Claude">
        <p>
          Hooks send Claude a message before a known failure, when the context fills up, and when a
          session continues.
        </p>
      </Empty>
    );
  return (
    <Table name="Messages to Claude" columns={TOLD_COLUMNS} rows={told} keyOf={({ id }) => id} />
  );
}
