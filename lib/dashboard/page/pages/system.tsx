import { Runnable } from '../parts/runnable.tsx';
import { useMemo, useState } from 'preact/hooks';
import { formatBytes, formatCount, formatDuration, plural } from '../../../core/units.ts';
import type { HealthSample } from '../../../query/health/health.ts';
import type { Health } from '../../../query/health/score.ts';
import type { SeenWorker } from '../../../query/workers.ts';
import type { Problem } from '../../server/answer.ts';
import type { CleanAnswer, DiskAnswer, SystemAnswer } from '../../server/routes/system.ts';
import { change, toProblem } from '../api.ts';
import { projectName, sessionPath } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { Bar } from '../parts/bar.tsx';
import { Chart } from '../parts/chart.tsx';
import { Answered, Empty, Figure, Figures, ProblemNote, Section } from '../parts/states.tsx';
import { StoreProblem } from '../parts/store-problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';
import { Extensions } from './system-extensions.tsx';

/** Workers and their health, disk, handlers, webhooks, schedules. */
export function SystemPage() {
  const asked = useAnswer<SystemAnswer>('/api/system');
  return (
    <>
      <h1>System</h1>
      <StoreProblem />
      <Answered asked={asked}>
        {(answer) => (
          <>
            <Workers answer={answer} />
            <SessionHealths health={answer.health} />
            <HealthCourse samples={answer.health.lastHour} />
            <Tasks workers={answer.workers} />
          </>
        )}
      </Answered>
      <Disk />
      <Extensions />
    </>
  );
}

function tone(score: number): 'good' | 'warn' | 'bad' {
  return score >= 80 ? 'good' : score >= 50 ? 'warn' : 'bad';
}

/** A score with what lowers it. */
function Score({ health: { score, reasons } }: { readonly health: Health }) {
  return (
    <>
      <p>
        <Badge tone={tone(score)}>{score} of 100</Badge>
      </p>
      {reasons.map(({ code, text, points }) => (
        <p key={code} class="muted">
          <Foreign text={text} /> (−{points})
        </p>
      ))}
    </>
  );
}

function Workers({ answer: { workers, health } }: { readonly answer: SystemAnswer }) {
  if (workers.length === 0)
    return (
      <Section title="Workers">
        <Empty title="No worker is running">
          <p>
            The next hook starts one. To start one now:{' '}
            <Runnable text="`waymark worker --detach`" />
          </p>
        </Empty>
      </Section>
    );
  return (
    <Section title="Workers">
      <ul class="cards">
        {workers.map((worker) => {
          const own = health.workers.find(({ id }) => id === worker.id);
          return (
            <li key={worker.id} class="card">
              <div class="card-head">
                <strong>
                  {worker.leader ? 'Leader' : 'Worker'} <Foreign text={worker.id} />
                </strong>
                <span class="muted">{worker.state}</span>
              </div>
              {own !== undefined && <Score health={own} />}
              <WorkerFacts worker={worker} />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function WorkerFacts({ worker: { mode, pid, heartbeat } }: { readonly worker: SeenWorker }) {
  const beat = heartbeat ?? {};
  const number = (name: string): string => {
    const value = beat[name];
    return typeof value === 'number' ? formatCount(value) : '–';
  };
  const time = (name: string): string | null => {
    const value = beat[name];
    return typeof value === 'string' ? value : null;
  };
  return (
    <dl class="facts">
      <dt>Notices entries by</dt>
      <dd>{MODES[mode] ?? <Foreign text={mode} />}</dd>
      <dt>Process</dt>
      <dd>
        {pid ?? '–'}, started <Ago at={time('startedAt')} />
      </dd>
      <dt>Processed</dt>
      <dd>
        {number('processed')}, failed {number('failed')}, given up {number('dead')}
      </dd>
      <dt>Last entry</dt>
      <dd>
        <Ago at={time('lastEventAt')} none="none yet" />
      </dd>
      <dt>Memory</dt>
      <dd>{number('memoryMb')} MB</dd>
    </dl>
  );
}

const MODES: Readonly<Record<string, string>> = {
  'event-loop': 'its wake-up pipe',
  watching: 'the file watcher only',
  polling: 'polling',
};

function SessionHealths({ health: { sessions } }: Pick<SystemAnswer, 'health'>) {
  if (sessions.length === 0) return null;
  return (
    <Section title="Active sessions">
      <ul class="cards">
        {sessions.map((one) => (
          <li key={one.id} class="card">
            <div class="card-head">
              <a data-row href={sessionPath(one.id)}>
                <Foreign text={projectName(one.project)} /> <Foreign text={one.id.slice(0, 8)} />
              </a>
            </div>
            <Score health={one} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function HealthCourse({ samples }: { readonly samples: readonly HealthSample[] }) {
  const times = useMemo(() => samples.map(({ at }) => Date.parse(at)), [samples]);
  const lines = useMemo(
    () => [
      { label: 'lowest score', colour: '--accent', values: samples.map(({ score }) => score) },
    ],
    [samples],
  );
  const last = samples.at(-1);
  if (last === undefined) return null;
  return (
    <Section title="Health in the last hour">
      <Chart
        name="Health in the last hour"
        per="minute"
        text={`Lowest score of the workers, ${last.score} of 100 in the latest minute with work`}
        times={times}
        lines={lines}
        format={formatCount}
      />
    </Section>
  );
}

interface Task {
  readonly name: string;
  readonly seconds: number;
  readonly lastRun: string | null;
  readonly nextRun: string | null;
}

const TASK_COLUMNS: readonly Column<Task>[] = [
  { title: 'Task', cell: ({ name }) => <Foreign text={name} /> },
  { title: 'Every', isFigure: true, cell: ({ seconds }) => formatDuration(seconds * 1000) },
  { title: 'Last', cell: ({ lastRun }) => <Ago at={lastRun} none="not yet" /> },
  { title: 'Next', isExtra: true, cell: ({ nextRun }) => <Ago at={nextRun} /> },
];

function Tasks({ workers }: Pick<SystemAnswer, 'workers'>) {
  const tasks = tasksOf(workers.find(({ leader, state }) => leader && state !== 'dead'));
  if (tasks.length === 0) return null;
  return (
    <Section title="Periodic tasks">
      <Table name="Periodic tasks" columns={TASK_COLUMNS} rows={tasks} keyOf={({ name }) => name} />
    </Section>
  );
}

function tasksOf(worker: SeenWorker | undefined): readonly Task[] {
  const listed = worker?.heartbeat?.['tasks'];
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((task: unknown): readonly Task[] => {
    const { name, intervalSeconds, lastRun, nextRun }: Readonly<Record<string, unknown>> =
      Object(task);
    if (typeof name !== 'string' || typeof intervalSeconds !== 'number') return [];
    const time = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return [{ name, seconds: intervalSeconds, lastRun: time(lastRun), nextRun: time(nextRun) }];
  });
}

const DISK_COLUMNS: readonly Column<DiskAnswer['kinds'][number]>[] = [
  { title: 'Kind', cell: ({ kind }) => <Foreign text={kind} /> },
  { title: 'Size', isFigure: true, cell: ({ bytes }) => formatBytes(bytes) },
  {
    title: 'Of its budget',
    cell: ({ kind, bytes, budget }) => (
      <Bar label={`${kind} of its budget`} percent={(100 * bytes) / Math.max(1, budget)} />
    ),
  },
  { title: 'Budget', isFigure: true, isExtra: true, cell: ({ budget }) => formatBytes(budget) },
];

function Disk() {
  const asked = useAnswer<DiskAnswer>('/api/system/disk', 'once');
  return (
    <Section title="Disk" aside={<CleanButton onDone={asked.reload} />}>
      <Answered asked={asked}>
        {({ kinds, total, budget, free, cleaned }) => (
          <>
            <Figures>
              <Figure label="State folder" note={`of ${formatBytes(budget)}`}>
                {formatBytes(total)}
              </Figure>
              <Figure label="Free on the disk">{formatBytes(free)}</Figure>
              <Figure
                label="Last clean-up that deleted something"
                note={
                  cleaned === null
                    ? 'nothing in 7 days'
                    : `${plural(cleaned.count, 'row or file', 'rows and files')} in 7 days`
                }
              >
                <Ago at={cleaned?.lastAt ?? null} />
              </Figure>
            </Figures>
            {cleaned !== null && (
              <p class="muted">
                Deleted:{' '}
                {cleaned.kinds.map(({ kind, count }) => `${kind} ${formatCount(count)}`).join(', ')}
              </p>
            )}
            {kinds.length === 0 ? (
              <Empty title="The state folder is empty">
                <p>It fills with the first event.</p>
              </Empty>
            ) : (
              <Table name="Disk" columns={DISK_COLUMNS} rows={kinds} keyOf={({ kind }) => kind} />
            )}
          </>
        )}
      </Answered>
    </Section>
  );
}

/** Deletes what is too old or over its budget: what `waymark clean` does. */
function CleanButton({ onDone }: { readonly onDone: () => void }) {
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const clean = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { count, hasWorker } = await change<CleanAnswer>('/api/system/clean', {});
      setSaid(
        count === null
          ? hasWorker
            ? 'The worker has not answered yet.'
            : 'It waits for a worker.'
          : count === 0
            ? 'Nothing was too old or over its budget.'
            : `${plural(count, 'row or file', 'rows and files')} deleted.`,
      );
      onDone();
    } catch (error) {
      setProblem(toProblem(error));
    }
    setBusy(false);
  };
  return (
    <>
      <span role="status" class="muted">
        {said}
      </span>{' '}
      <button type="button" disabled={isBusy} onClick={() => void clean()}>
        Clean up
      </button>
      {problem !== undefined && <ProblemNote problem={problem} />}
    </>
  );
}
