import { Runnable } from '../parts/runnable.tsx';
import { formatCount, formatDuration, plural } from '../../../core/units.ts';
import type { HandlerStats } from '../../../query/handler-stats.ts';
import type { HandlerRow } from '../../../query/handlers.ts';
import type { ScheduleSummary } from '../../../query/schedules.ts';
import type { WebhookRow } from '../../../query/webhooks.ts';
import type { ExtensionsAnswer } from '../../server/routes/system.ts';
import { Ago } from '../parts/ago.tsx';
import { Answered, Empty, Section } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';

/** What runs when events come, and when. */
export function Extensions() {
  const asked = useAnswer<ExtensionsAnswer>('/api/system/extensions', 'once');
  return (
    <Answered asked={asked}>
      {(answer) => (
        <>
          <Handlers answer={answer} />
          <Webhooks webhooks={answer.webhooks} />
          <Schedules schedules={answer.schedules} />
        </>
      )}
    </Answered>
  );
}

interface Handler extends HandlerRow {
  readonly stats: HandlerStats | undefined;
}

const STATES = { ready: 'good', loading: 'plain', refused: 'bad' } as const;

const HANDLER_COLUMNS: readonly Column<Handler>[] = [
  {
    title: 'Handler',
    cell: ({ name, reason }) => (
      <>
        <Foreign text={name} />
        {reason !== null && (
          <p class="bad-text">
            <Foreign text={reason} />
          </p>
        )}
      </>
    ),
  },
  { title: 'State', cell: ({ state }) => <Badge tone={STATES[state]}>{state}</Badge> },
  {
    title: 'Gets',
    isExtra: true,
    cell: ({ on }) => <Foreign text={on === null ? null : on.join(', ')} />,
  },
  { title: 'Runs', isFigure: true, cell: ({ stats }) => formatCount(stats?.runs ?? 0) },
  {
    title: 'Failed',
    isFigure: true,
    cell: ({ stats }) =>
      (stats?.failures ?? 0) === 0 ? (
        '0'
      ) : (
        <span class="bad-text">{formatCount(stats?.failures ?? 0)}</span>
      ),
  },
  {
    title: 'Given up',
    isFigure: true,
    isExtra: true,
    cell: ({ name, stats }) =>
      (stats?.dead ?? 0) === 0 ? (
        '0'
      ) : (
        <a href={`/dead-letters?${new URLSearchParams({ handler: name })}`}>
          {formatCount(stats?.dead ?? 0)}
        </a>
      ),
  },
  {
    title: 'p95',
    isFigure: true,
    isExtra: true,
    cell: ({ stats }) => (stats?.p95Ms == null ? '–' : formatDuration(stats.p95Ms)),
  },
];

function Handlers({
  answer: { handlers, handlersProblem, stats },
}: {
  readonly answer: ExtensionsAnswer;
}) {
  const byName = new Map(stats.map((one) => [one.handler, one]));
  const rows = handlers.map((handler) => ({ ...handler, stats: byName.get(handler.name) }));
  const isOwn = handlers.some(({ kind }) => kind !== 'builtin');
  return (
    <Section title="Handlers">
      {handlersProblem !== null && (
        <p class="note bad">
          <Foreign text={handlersProblem} />
        </p>
      )}
      <Table name="Handlers" columns={HANDLER_COLUMNS} rows={rows} keyOf={({ name }) => name} />
      {!isOwn && (
        <p class="muted">
          Only built-in handlers. To create one:{' '}
          <Runnable text="`waymark handlers new alarm --shell`" />
        </p>
      )}
    </Section>
  );
}

const WEBHOOK_STATES = { new: 'plain', well: 'good', failing: 'warn', gone: 'bad' } as const;

const WEBHOOK_COLUMNS: readonly Column<WebhookRow>[] = [
  {
    title: 'Webhook',
    cell: ({ name, url, reason }) => (
      <>
        <Foreign text={name} />
        <p class="muted">
          <Foreign text={url} />
        </p>
        {reason !== null && (
          <p class="bad-text">
            <Foreign text={reason} />
          </p>
        )}
      </>
    ),
  },
  { title: 'State', cell: ({ state }) => <Badge tone={WEBHOOK_STATES[state]}>{state}</Badge> },
  { title: 'Gets', isExtra: true, cell: ({ types }) => <Foreign text={types.join(', ')} /> },
  {
    title: 'Last accepted',
    cell: ({ lastSuccessAt }) => <Ago at={lastSuccessAt} none="nothing yet" />,
  },
];

function Webhooks({ webhooks: { rows, problems } }: Pick<ExtensionsAnswer, 'webhooks'>) {
  return (
    <Section title="Webhooks">
      {problems.map((problem) => (
        <p key={problem} class="note bad">
          <Foreign text={problem} />
        </p>
      ))}
      {rows.length === 0 ? (
        <Empty title="No webhooks">
          <p>
            Post events to another service:{' '}
            <Runnable text="`waymark webhooks add https://ci.example/hook --type 'task.*'`" />
          </p>
        </Empty>
      ) : (
        <Table name="Webhooks" columns={WEBHOOK_COLUMNS} rows={rows} keyOf={({ name }) => name} />
      )}
    </Section>
  );
}

const SCHEDULE_COLUMNS: readonly Column<ScheduleSummary>[] = [
  { title: 'Schedule', cell: ({ name }) => <Foreign text={name} /> },
  { title: 'When', cell: ({ timing }) => <Foreign text={timing} /> },
  { title: 'Emits', isExtra: true, cell: ({ type }) => <Foreign text={type} /> },
  { title: 'Last', isExtra: true, cell: ({ last }) => <Ago at={last} /> },
  {
    title: 'Next',
    cell: ({ next, onlyWhileActive }) => (
      <>
        <Ago at={next} />
        {onlyWhileActive && ' if active'}
      </>
    ),
  },
];

function Schedules({ schedules }: Pick<ExtensionsAnswer, 'schedules'>) {
  return (
    <Section title="Schedules" aside={plural(schedules.length, 'schedule')}>
      {schedules.length === 0 ? (
        <Empty title="No schedules">
          <p>
            Emit an event at certain times: <Runnable text="`waymark docs schedules`" />
          </p>
        </Empty>
      ) : (
        <Table
          name="Schedules"
          columns={SCHEDULE_COLUMNS}
          rows={schedules}
          keyOf={({ name }) => name}
        />
      )}
    </Section>
  );
}
