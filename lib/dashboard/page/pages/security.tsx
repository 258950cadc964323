import { Runnable } from '../parts/runnable.tsx';
import { useMemo } from 'preact/hooks';
import { formatCount, plural } from '../../../core/units.ts';
import type { SecurityCheck, Posture } from '../../../query/reports/security-checklist.ts';
import type {
  LastScan,
  SecurityEvents,
  SecurityLevel,
  SecurityLine,
} from '../../../query/reports/read-security.ts';
import type { SecurityAnswer } from '../../server/routes/security.ts';
import { projectName } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { Chart } from '../parts/chart.tsx';
import { Answered, Empty, Figure, Figures, Section } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Foreign, Prose } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';

const SPANS = [7, 30, 90];
const USUAL_DAYS = 30;

type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'accent';

/** Findings, posture, trend and checklist. */
export function SecurityPage() {
  const { query } = useStore(place);
  const days = Math.max(1, Math.min(365, Math.floor(Number(query.get('days'))) || USUAL_DAYS));
  const asked = useAnswer<SecurityAnswer>(`/api/security?days=${days}`);
  return (
    <>
      <h1>Security</h1>
      <p class="steps">
        {SPANS.map((span) => (
          <button
            key={span}
            type="button"
            aria-pressed={span === days}
            onClick={() => setQuery({ days: span === USUAL_DAYS ? '' : String(span) })}
          >
            {span} days
          </button>
        ))}
      </p>
      <Answered asked={asked}>
        {(answer) => (
          <>
            <PostureFigures answer={answer} />
            <Checklist checks={answer.checks} />
            <Trend events={answer.events} />
            <Findings lines={answer.events.lines} />
            <Scans scans={answer.events.scans} />
          </>
        )}
      </Answered>
    </>
  );
}

const POSTURES: Readonly<Record<Posture, readonly [Tone, string]>> = {
  good: ['good', 'No action needed'],
  attention: ['warn', 'Some points need a look'],
  'at risk': ['bad', 'Action needed now'],
};

function PostureFigures({
  answer: { posture, events, before },
}: {
  readonly answer: SecurityAnswer;
}) {
  const [tone, text] = POSTURES[posture];
  const grave = (levels: SecurityEvents['levels']): number => levels.critical + levels.high;
  return (
    <Figures>
      <Figure label="Posture" note={text}>
        <Badge tone={tone}>{posture}</Badge>
      </Figure>
      <Figure label="Events" note={`${formatCount(before.total)} in the period before`}>
        {formatCount(events.total)}
      </Figure>
      <Figure
        label="Critical and high"
        note={`${formatCount(grave(before.levels))} in the period before`}
      >
        {formatCount(grave(events.levels))}
      </Figure>
      <Figure label="Medium and low">
        {formatCount(events.levels.medium + events.levels.low + events.levels.other)}
      </Figure>
    </Figures>
  );
}

function Checklist({ checks }: { readonly checks: readonly SecurityCheck[] }) {
  const open = checks.filter(({ ok }) => !ok).length;
  return (
    <Section title="Checklist" aside={open === 0 ? 'all fine' : plural(open, 'open point')}>
      <ul class="checks">
        {checks.map(({ id, ok, isGrave, message, remedy }) => (
          <li key={id}>
            <Badge tone={ok ? 'good' : isGrave ? 'bad' : 'warn'}>
              {ok ? 'fine' : isGrave ? 'at risk' : 'look'}
            </Badge>{' '}
            <Prose text={message} />
            {remedy !== null && (
              <p class="remedy">
                <Prose text={remedy} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Trend({ events: { days } }: { readonly events: SecurityEvents }) {
  const times = useMemo(() => days.map(({ day }) => Date.parse(`${day}T12:00:00`)), [days]);
  const lines = useMemo(
    () => [
      {
        label: 'critical and high',
        colour: '--bad',
        values: days.map(({ critical, high }) => critical + high),
      },
      {
        label: 'medium and low',
        colour: '--accent',
        values: days.map(({ medium, low, other }) => medium + low + other),
      },
    ],
    [days],
  );
  if (days.length === 0) return null;
  const total = days.reduce((sum, { critical, high }) => sum + critical + high, 0);
  return (
    <Section title="By day">
      <Chart
        name="Security events by day"
        per="day"
        text={`${plural(total, 'critical or high event')} on ${plural(days.length, 'day')} with events`}
        times={times}
        lines={lines}
        format={formatCount}
      />
    </Section>
  );
}

const LEVELS: Readonly<Record<SecurityLevel, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'plain',
  other: 'plain',
};

const TYPES: Readonly<Record<string, string>> = {
  risky_command: 'risky command',
  secret_found: 'secret',
  vulnerability_found: 'vulnerability',
  policy_violation: 'policy',
};

const FINDING_COLUMNS: readonly Column<SecurityLine>[] = [
  {
    title: 'Finding',
    cell: ({ type, rule, message }) => (
      <>
        <a data-row href={`/events?type=${encodeURIComponent(`security.${type}`)}`}>
          <Foreign text={rule} />
        </a>
        <p class="muted">
          <Foreign text={message} />
        </p>
      </>
    ),
  },
  {
    title: 'Level',
    cell: ({ severity }) => <Badge tone={LEVELS[severity]}>{severity}</Badge>,
  },
  { title: 'Kind', isExtra: true, cell: ({ type }) => TYPES[type] ?? <Foreign text={type} /> },
  { title: 'Times', isFigure: true, cell: ({ count }) => formatCount(count) },
  {
    title: 'Ran',
    isFigure: true,
    isExtra: true,
    cell: ({ type, ran }) => (type === 'risky_command' ? formatCount(ran) : '–'),
  },
  {
    title: 'Sessions',
    isFigure: true,
    isExtra: true,
    cell: ({ sessions }) => formatCount(sessions),
  },
  { title: 'Last', isExtra: true, cell: ({ lastAt }) => <Ago at={lastAt} /> },
];

function Findings({ lines }: { readonly lines: readonly SecurityLine[] }) {
  return (
    <Section title="Findings">
      {lines.length === 0 ? (
        <Empty title="Nothing was found in this period">
          <p>
            Risky commands, secrets in the input of tools, what scanners such as{' '}
            <code>npm audit</code> name, and lines in <code>log/policy-hits.log</code> show here.
            What is judged: <Runnable text="`waymark docs security-events`" />
          </p>
        </Empty>
      ) : (
        <Table
          name="Findings"
          columns={FINDING_COLUMNS}
          rows={lines}
          keyOf={({ type, rule, severity }) => `${type} ${rule} ${severity}`}
        />
      )}
    </Section>
  );
}

const SCAN_COLUMNS: readonly Column<LastScan>[] = [
  { title: 'Scanner', cell: ({ scanner }) => <Foreign text={scanner} /> },
  {
    title: 'Project',
    isExtra: true,
    cell: ({ project }) => <Foreign text={projectName(project)} />,
  },
  {
    title: 'Findings',
    isFigure: true,
    cell: ({ findings }) => (findings === null ? 'not known' : formatCount(findings)),
  },
  {
    title: 'Critical and high',
    isFigure: true,
    cell: ({ grave }) => (grave === 0 ? '0' : <span class="bad-text">{formatCount(grave)}</span>),
  },
  { title: 'Ran', cell: ({ at }) => <Ago at={at} /> },
];

function Scans({ scans }: { readonly scans: readonly LastScan[] }) {
  return (
    <Section title="Latest scans">
      {scans.length === 0 ? (
        <Empty title="No scans yet">
          <p>
            The output of scanners that run in a session is read, such as{' '}
            <code>npm audit --json</code>. Search what waymark stores for secrets:{' '}
            <Runnable text="`waymark doctor --audit`" />
          </p>
        </Empty>
      ) : (
        <Table
          name="Latest scans"
          columns={SCAN_COLUMNS}
          rows={scans}
          keyOf={({ scanner, project }) => `${scanner} ${project}`}
        />
      )}
    </Section>
  );
}
