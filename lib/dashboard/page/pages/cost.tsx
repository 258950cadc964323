import { Runnable } from '../parts/runnable.tsx';
import { useMemo } from 'preact/hooks';
import { formatCount, formatUsd, plural } from '../../../core/units.ts';
import type { CostAnswer } from '../../server/routes/cost.ts';
import { costText, projectName, sessionPath } from '../names.ts';
import { Bar } from '../parts/bar.tsx';
import { Chart } from '../parts/chart.tsx';
import { Answered, Empty, Figure, Figures, Section } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Foreign } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import { Limits } from './limits.tsx';

type Part = NonNullable<CostAnswer['cost']>;
type Line = Part['days'][number];

const SPANS = [7, 30, 90, 365];
const USUAL_DAYS = 30;

/** What answers cost: by day, project, model, session and kind of agent; the month; budgets. */
export function CostPage() {
  const { query } = useStore(place);
  const days = SPANS.find((one) => one === Number(query.get('days'))) ?? USUAL_DAYS;
  const asked = useAnswer<CostAnswer>(`/api/cost?days=${days}`);
  return (
    <>
      <h1>Cost</h1>
      <Choice
        name="Time"
        options={SPANS.map((one) => [String(one), `${one} days`] as const)}
        chosen={String(days)}
        onChoose={(one) => setQuery({ days: one === String(USUAL_DAYS) ? '' : one })}
      />
      <Answered asked={asked}>
        {({ cost, budgets }) =>
          cost === null || cost.total.answers === 0 ? (
            <NoCost />
          ) : (
            <>
              <Totals cost={cost} days={days} />
              <Days cost={cost} />
              <Breakdown cost={cost} by={query.get('by') ?? 'project'} />
              <Unpriced cost={cost} />
              <Budgets budgets={budgets} />
              <Limits limits={cost.limits} />
            </>
          )
        }
      </Answered>
    </>
  );
}

function NoCost() {
  return (
    <Empty title="No answers in this period">
      <p>
        Costs come from transcripts of recorded sessions, at list prices. Sessions from before the
        hooks: <Runnable text="`waymark import`" />
      </p>
    </Empty>
  );
}

/** Buttons of which one is chosen. */
function Choice({
  name,
  options,
  chosen,
  onChoose,
}: {
  readonly name: string;
  readonly options: ReadonlyArray<readonly [value: string, label: string]>;
  readonly chosen: string;
  readonly onChoose: (value: string) => void;
}) {
  return (
    <fieldset class="steps" aria-label={name}>
      {options.map(([value, label]) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function Totals({ cost, days }: { readonly cost: Part; readonly days: number }) {
  const { total, before, month } = cost;
  return (
    <Figures>
      <Figure label={`Last ${days} days`} note={plural(total.answers, 'answer')}>
        {costText(total)}
      </Figure>
      <Figure label={`The ${days} days before`}>{costText(before)}</Figure>
      <Figure label={`Month ${month.month}`} note="so far">
        {month.dollars === null ? '–' : formatUsd(month.dollars)}
      </Figure>
      <Figure label="At this pace" note="by the end of the month">
        {month.atThisPace === null ? '–' : formatUsd(month.atThisPace)}
      </Figure>
    </Figures>
  );
}

function Days({ cost }: { readonly cost: Part }) {
  const { days } = cost;
  const times = useMemo(() => days.map(({ key }) => Date.parse(`${key ?? ''}T12:00:00`)), [days]);
  const lines = useMemo(
    () => [
      {
        ...{ label: 'dollars per day', colour: '--accent' },
        values: days.map(({ dollars }) => dollars),
      },
    ],
    [days],
  );
  const last = days.at(-1);
  if (last === undefined) return null;
  return (
    <Section title="By day">
      <Chart
        name="Dollars by day"
        per="day"
        text={`Dollars per day: ${days.length} days, the last ${last.key ?? ''} with ${costText(last)}`}
        times={times}
        lines={lines}
        format={formatUsd}
        leastTop={0.01}
      />
    </Section>
  );
}

const GROUPS = [
  ['project', 'Project'],
  ['model', 'Model'],
  ['session', 'Session'],
  ['agent', 'Agent'],
  ['day', 'Day'],
] as const;

function Breakdown({ cost, by }: { readonly cost: Part; readonly by: string }) {
  const [group, title] = GROUPS.find(([name]) => name === by) ?? GROUPS[0];
  const lines = linesBy(cost)[group];
  return (
    <Section
      title={`By ${title.toLowerCase()}`}
      aside={
        <Choice
          name="Group by"
          options={GROUPS}
          chosen={group}
          onChoose={(one) => setQuery({ by: one === 'project' ? '' : one })}
        />
      }
    >
      <Table
        name={`Cost by ${title.toLowerCase()}`}
        columns={columnsOf(group, title)}
        rows={lines}
        keyOf={({ key }) => String(key)}
      />
      {(group === 'project' || group === 'session') && lines.length === 10 && (
        <p class="muted">
          The ten most expensive; all of them: <Runnable text={`\`waymark cost --by ${group}\``} />
        </p>
      )}
    </Section>
  );
}

function linesBy(cost: Part): Readonly<Record<(typeof GROUPS)[number][0], readonly Line[]>> {
  const { projects, models, sessions, agents, days } = cost;
  return {
    project: projects,
    model: models,
    session: sessions,
    agent: agents,
    day: days.toReversed(),
  };
}

function columnsOf(group: (typeof GROUPS)[number][0], title: string): readonly Column<Line>[] {
  const tokens = (name: string, count: (line: Line) => number): Column<Line> => ({
    ...{ title: name, isFigure: true, isExtra: true },
    cell: (line) => formatCount(count(line)),
  });
  return [
    { title, cell: (line) => <Name line={line} group={group} /> },
    { title: 'Answers', isFigure: true, cell: ({ answers }) => formatCount(answers) },
    tokens('Input', ({ input }) => input),
    tokens('Output', ({ output }) => output),
    tokens('Cache read', ({ cacheRead }) => cacheRead),
    tokens('Cache written', ({ cacheWrite5m, cacheWrite1h }) => cacheWrite5m + cacheWrite1h),
    { title: 'Cost', isFigure: true, cell: (line) => costText(line) },
  ];
}

function Name({ line, group }: { readonly line: Line; readonly group: string }) {
  const { key, title } = line;
  if (key === null) return <>not known</>;
  if (group === 'session')
    return (
      <a data-row href={sessionPath(key)}>
        <Foreign text={title ?? `Session ${key.slice(0, 8)}`} />
      </a>
    );
  if (group === 'project')
    return (
      <a data-row href={`/sessions?project=${encodeURIComponent(key)}`}>
        <Foreign text={projectName(key)} />
      </a>
    );
  return <Foreign text={key} />;
}

function Unpriced({ cost }: { readonly cost: Part }) {
  if (cost.unpriced.length === 0) return null;
  return (
    <div class="note warn">
      <p>
        Not in the sum, because the price is unknown:{' '}
        {cost.unpriced.map(({ model, answers }, index) => (
          <span key={index}>
            {index > 0 && ', '}
            <Foreign text={model ?? 'a model without a name'} /> ({plural(answers, 'answer')})
          </span>
        ))}
      </p>
      <p class="remedy">
        Set one: <Runnable text="`waymark config set modelPrices`" />. Prices are as of{' '}
        {cost.pricesAsOf}.
      </p>
    </div>
  );
}

const SCOPES = { day: 'Today', session: 'Session', agents: 'Agents of a session' };

function Budgets({ budgets }: Pick<CostAnswer, 'budgets'>) {
  return (
    <Section title="Budgets">
      {budgets.length === 0 ? (
        <Empty title="No budget is set">
          <p>
            To get a warning at $20 a day: <Runnable text="`waymark budget day 20`" />
          </p>
        </Empty>
      ) : (
        <ul class="cards">
          {budgets.map(({ budget, spent, dollars, action, session }) => (
            <li key={budget} class="card">
              <div class="card-head">
                <strong>{SCOPES[budget]}</strong>
                <span class="muted">
                  {formatUsd(spent)} of {formatUsd(dollars)}
                </span>
              </div>
              <Bar
                label={`Used share of the budget: ${SCOPES[budget]}`}
                percent={(100 * spent) / dollars}
              />
              <p class="muted">
                When it is used up: {action}.
                {session !== null && (
                  <>
                    {' '}
                    <a href={sessionPath(session)}>The session that cost most</a>
                  </>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
