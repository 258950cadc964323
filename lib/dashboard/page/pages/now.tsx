import { useMemo } from 'preact/hooks';
import { formatBytes, formatCount, plural } from '../../../core/units.ts';
import type { NowAnswer } from '../../server/routes/now.ts';
import { Span } from '../parts/ago.tsx';
import { Chart } from '../parts/chart.tsx';
import { Answered, Empty, Figure, Figures, Section } from '../parts/states.tsx';
import { Prose } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';
import { Limits } from './limits.tsx';
import { ActiveSessions } from './now-sessions.tsx';

/** What happens at this moment. */
export function NowPage() {
  const asked = useAnswer<NowAnswer>('/api/now');
  return (
    <>
      <h1>Now</h1>
      <Answered asked={asked}>
        {(answer) => (
          <>
            <Problems problems={answer.problems} />
            <Totals answer={answer} />
            <ActiveSessions sessions={answer.sessions} hasAny={hasAny(answer)} />
            <Limits limits={answer.summary.limits} />
            <History history={answer.history} />
          </>
        )}
      </Answered>
    </>
  );
}

function hasAny({ summary }: NowAnswer): boolean {
  return (summary.counts?.total ?? 0) > 0;
}

function Problems({ problems }: Pick<NowAnswer, 'problems'>) {
  return (
    <>
      {problems.map(({ text, remedy }) => (
        <div key={text} class="note bad">
          <p>
            <Prose text={text} />
          </p>
          <p class="remedy">
            <Prose text={remedy} />
          </p>
        </div>
      ))}
    </>
  );
}

function Totals({ answer }: { readonly answer: NowAnswer }) {
  const { summary } = answer;
  const { counts, queue, ledger } = summary;
  const waiting = queue.pending + queue.delayed + queue.processing;
  return (
    <Figures>
      <WorkerFigure summary={summary} />
      <Figure
        label="Queue"
        note={queue.dead > 0 ? `${plural(queue.dead, 'dead letter')}` : 'no dead letters'}
      >
        {waiting === 0 ? 'empty' : formatCount(waiting)}
      </Figure>
      <Figure label="Events of 24 hours" note={ledgerNote(ledger)}>
        {formatCount(ledger.captured)}
      </Figure>
      <Figure label="Sessions today" note={plural(counts?.calls ?? 0, 'call')}>
        {formatCount(counts?.sessions ?? 0)}
      </Figure>
      <Figure
        label="Failures today"
        note={`${formatCount(counts?.warned ?? 0)} warned, ${formatCount(counts?.heeded ?? 0)} heeded`}
      >
        {formatCount(counts?.failures ?? 0)}
      </Figure>
      <Figure label="Disk free">{formatBytes(summary.freeBytes)}</Figure>
    </Figures>
  );
}

function ledgerNote({ gaps, unknown = 0 }: NowAnswer['summary']['ledger']): string {
  if (gaps > 0) return `${plural(gaps, 'event')} missing`;
  return unknown > 0 ? `${formatCount(unknown)} not known` : 'all accounted for';
}

function WorkerFigure({ summary }: Pick<NowAnswer, 'summary'>) {
  const [first, ...others] = summary.workers.filter(({ state }) => state !== 'dead');
  if (first === undefined)
    return (
      <Figure label="Worker" note="the next hook starts one">
        none
      </Figure>
    );
  const startedAt = first.heartbeat?.['startedAt'];
  const note = (
    <>
      {typeof startedAt === 'string' && (
        <>
          up <Span from={startedAt} />
        </>
      )}
      {others.length > 0 && `, and ${plural(others.length, 'other')}`}
    </>
  );
  return (
    <Figure label="Worker" note={note}>
      {first.state}
    </Figure>
  );
}

function History({ history }: Pick<NowAnswer, 'history'>) {
  const times = useMemo(() => history.map(({ at }) => Date.parse(at)), [history]);
  const latency = useMemo(
    () => [
      {
        label: 'slowest 5 %',
        colour: '--warn',
        values: history.map(({ latencyP95 }) => latencyP95),
      },
      { label: 'median', colour: '--accent', values: history.map(({ latencyP50 }) => latencyP50) },
    ],
    [history],
  );
  const throughput = useMemo(
    () => [
      {
        label: 'events per second',
        colour: '--accent',
        values: history.map((one) => one.throughput),
      },
    ],
    [history],
  );
  const last = history.at(-1);
  if (last === undefined)
    return (
      <Section title="Worker in the last hour">
        <Empty title="No figures yet">
          <p>A worker records its figures once a minute while it has work.</p>
        </Empty>
      </Section>
    );
  return (
    <Section title="Worker in the last hour">
      <div class="columns">
        <div>
          <h3>From hook to store</h3>
          <Chart
            name="From hook to store"
            per="minute"
            text={`Latency: median ${milliseconds(last.latencyP50 ?? 0)}, slowest 5 % ${milliseconds(last.latencyP95 ?? 0)}`}
            times={times}
            lines={latency}
            format={milliseconds}
          />
        </div>
        <div>
          <h3>Throughput</h3>
          <Chart
            name="Throughput"
            per="minute"
            text={`Throughput: ${last.throughput} events per second`}
            times={times}
            lines={throughput}
            format={formatPlain}
          />
        </div>
      </div>
    </Section>
  );
}

function milliseconds(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(1)} s` : `${Math.round(value)} ms`;
}

function formatPlain(value: number): string {
  return value >= 10 ? formatCount(Math.round(value)) : String(Math.round(value * 100) / 100);
}
