import { Runnable } from '../parts/runnable.tsx';
import { useState } from 'preact/hooks';
import { formatBytes, plural } from '../../../core/units.ts';
import type { Problem } from '../../server/answer.ts';
import type { ReportRow, ReportsAnswer, ReportWritten } from '../../server/routes/reports.ts';
import { change, toProblem } from '../api.ts';
import { Ago } from '../parts/ago.tsx';
import { Answered, Empty, ProblemNote, Section } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Foreign } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';

const FORMATS: ReadonlyArray<readonly [value: string, label: string]> = [
  ['html', 'Page'],
  ['md', 'Markdown'],
  ['json', 'JSON'],
];

/** Reports that were kept, and writing one. */
export function ReportsPage() {
  const asked = useAnswer<ReportsAnswer>('/api/reports');
  return (
    <>
      <h1>Reports</h1>
      <Answered asked={asked}>
        {({ reports, kept, more }) => (
          <>
            <WriteReport reports={reports} onWritten={asked.reload} />
            {kept.length === 0 ? <NoReports /> : <KeptReports kept={kept} more={more} />}
          </>
        )}
      </Answered>
    </>
  );
}

function WriteReport({
  reports,
  onWritten,
}: Pick<ReportsAnswer, 'reports'> & { readonly onWritten: () => void }) {
  const [report, setReport] = useState<string>(reports[0].name);
  const [format, setFormat] = useState('html');
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const chosen = reports.find(({ name }) => name === report);
  const write = async (): Promise<void> => {
    setBusy(true);
    setSaid('');
    setProblem(undefined);
    try {
      const { name, bytes } = await change<ReportWritten>('/api/reports', { report, format });
      setSaid(`Wrote ${name}: ${formatBytes(bytes)}.`);
      onWritten();
    } catch (error) {
      setProblem(toProblem(error));
    }
    setBusy(false);
  };
  return (
    <Section title="Write one now">
      <p class="steps">
        <select
          aria-label="Report"
          value={report}
          onChange={(event) => setReport(event.currentTarget.value)}
        >
          {reports.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label="Form"
          value={format}
          onChange={(event) => setFormat(event.currentTarget.value)}
        >
          {FORMATS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button type="button" class="primary" disabled={isBusy} onClick={() => void write()}>
          {isBusy ? 'Writing…' : 'Write report'}
        </button>
      </p>
      {chosen !== undefined && (
        <p class="muted">
          The last {plural(chosen.days, 'day')}: {chosen.summary}.
        </p>
      )}
      <p role="status" class={said === '' ? '' : 'note good'}>
        {said}
      </p>
      {problem !== undefined && <ProblemNote problem={problem} />}
    </Section>
  );
}

function NoReports() {
  return (
    <Empty title="No reports are kept yet">
      <p>
        Every Monday at 8:00 the weekly report is written here, if there were sessions. Write one
        now, or keep one from a terminal: <Runnable text="`waymark report weekly --keep`" />
      </p>
    </Empty>
  );
}

function KeptReports({ kept, more }: Pick<ReportsAnswer, 'kept' | 'more'>) {
  return (
    <Section title="Kept" aside={plural(kept.length + more, 'report')}>
      <Table name="Kept reports" columns={COLUMNS} rows={kept} keyOf={({ name }) => name} />
      {more > 0 && <p class="muted">And {plural(more, 'earlier one')}.</p>}
    </Section>
  );
}

const COLUMNS: ReadonlyArray<Column<ReportRow>> = [
  { title: 'Report', cell: (row) => <OpenLink row={row} /> },
  { title: 'Until', cell: ({ day }) => day },
  { title: 'Written', isExtra: true, cell: ({ writtenAt }) => <Ago at={writtenAt} /> },
  { title: 'Size', isFigure: true, cell: ({ bytes }) => formatBytes(bytes) },
  {
    title: 'Form',
    isExtra: true,
    cell: ({ format }) => FORMATS.find(([value]) => value === format)?.[1] ?? format,
  },
  {
    title: 'File',
    cell: ({ name, href }) => (
      <a href={href} download={name} aria-label={`Download ${name}`}>
        Download
      </a>
    ),
  },
];

/** A page opens in a tab of its own: it is no part of the dashboard. Other forms are downloaded. */
function OpenLink({ row: { name, report, format, href } }: { readonly row: ReportRow }) {
  const how =
    format === 'html' ? { target: '_blank', rel: 'noopener noreferrer' } : { download: name };
  return (
    <a data-row href={href} {...how}>
      <Foreign text={report} />
    </a>
  );
}
