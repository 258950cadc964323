import { Runnable } from '../parts/runnable.tsx';
import { formatCount, formatDuration } from '../../../core/units.ts';
import type { AgentsAnswer } from '../../server/routes/agents.ts';
import { Ago } from '../parts/ago.tsx';
import { Answered, Empty, Section } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';

type Line = AgentsAnswer['agents'][number];
type Advice = AgentsAnswer['advice'][number];

/** How kinds of agents do at kinds of tasks in the last 90 days, and what is advised. */
export function AgentsPage() {
  const asked = useAnswer<AgentsAnswer>('/api/agents');
  return (
    <>
      <h1>Agents</h1>
      <Answered asked={asked}>
        {({ agents, advice }) =>
          agents.length === 0 ? (
            <Empty title="No agent has finished a task yet">
              <p>
                When Claude starts agents, this page shows how each kind does at each kind of task:
                success, tokens and time. The same in the terminal:{' '}
                <Runnable text="`waymark routing`" />
              </p>
            </Empty>
          ) : (
            <>
              <Section title="Runs of the last 90 days">
                <Table
                  name="Agents by kind of task"
                  columns={COLUMNS}
                  rows={agents}
                  keyOf={keyOf}
                />
              </Section>
              <Section title="Advice">
                <Table
                  name="Advice by kind of task"
                  columns={ADVICE_COLUMNS}
                  rows={advice}
                  keyOf={({ kind }) => kind}
                />
              </Section>
            </>
          )
        }
      </Answered>
    </>
  );
}

function keyOf({ kind, agentType, model }: Line): string {
  return JSON.stringify([kind, agentType, model]);
}

/** Rates from here on are good, below the other one bad. */
const GOOD = 0.9;
const BAD = 0.6;

const COLUMNS: readonly Column<Line>[] = [
  { title: 'Task', cell: ({ kind }) => <Foreign text={kind} /> },
  { title: 'Agent', cell: ({ agentType }) => <Foreign text={agentType} /> },
  { title: 'Model', cell: ({ model }) => <Foreign text={model} /> },
  { title: 'Runs', isFigure: true, isExtra: true, cell: ({ runs }) => formatCount(runs) },
  { title: 'Success', isFigure: true, cell: ({ successRate }) => <Rate rate={successRate} /> },
  {
    ...{ title: 'Last 7 days', isFigure: true, isExtra: true },
    cell: ({ last7Days: { runs, successRate } }) =>
      successRate === null ? '–' : `${percent(successRate)} of ${formatCount(runs)}`,
  },
  {
    ...{ title: 'Confidence', isFigure: true, isExtra: true },
    cell: ({ confidence }) => percent(confidence),
  },
  {
    ...{ title: 'Tokens', isFigure: true, isExtra: true },
    cell: ({ tokens }) => (tokens === null ? '–' : formatCount(Math.round(tokens))),
  },
  {
    ...{ title: 'Time', isFigure: true, isExtra: true },
    cell: ({ durationMs }) => (durationMs === null ? '–' : formatDuration(durationMs)),
  },
  { title: 'Last run', isExtra: true, cell: ({ lastAt }) => <Ago at={lastAt} /> },
];

const ADVICE_COLUMNS: readonly Column<Advice>[] = [
  { title: 'Task', cell: ({ kind }) => <Foreign text={kind} /> },
  {
    title: 'Use',
    cell: ({ agentType, model }) =>
      agentType === null ? (
        <span class="muted">no advice yet</span>
      ) : (
        <>
          <Foreign text={agentType} /> with <Foreign text={model} />
        </>
      ),
  },
  { title: 'Why', cell: ({ reason }) => <Foreign text={reason} /> },
];

function Rate({ rate }: { readonly rate: number }) {
  const tone = rate >= GOOD ? 'good' : rate < BAD ? 'bad' : 'plain';
  return <Badge tone={tone}>{percent(rate)}</Badge>;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
