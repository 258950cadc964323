import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { writeReport } from '../../lib/worker/write-report.ts';
import { startProgram } from '../support/program-process.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';

const CLI = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const OTHERS_OFF = ['learning off', 'cleanup off', 'observability off', 'weekly-report off'];
const TODAY = expect.stringMatching(/\/reports\/cost-\d{4}-\d\d-\d\d\.html$/);

/** `waymark dispatch` as a process of its own: applies what waits, and what is due. */
async function dispatch(home: TestHome, payload: object): Promise<void> {
  const due = `costs every 1w system.report_requested ${JSON.stringify(payload)}`;
  const { exited } = startProgram(process.execPath, [CLI, 'dispatch'], {
    WAYMARK_HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_AUTOSTART: 'false',
    WAYMARK_SCHEDULES: JSON.stringify([...OTHERS_OFF, due]),
  });
  expect(await exited).toEqual({ code: 0, signal: null });
}

/** The schedule starts, its slot passes, and everything that follows is done. */
async function passSlot(home: TestHome, payload: object): Promise<void> {
  await dispatch(home, payload);
  const store = openStore(home.folder.store, sqliteDriver());
  store.prepare("UPDATE schedules SET slot = slot - ? WHERE name = 'costs'").run(2 * WEEK_MS);
  store.close();
  await dispatch(home, payload);
  await dispatch(home, payload); // applies the answer of the handler
}

/** Payloads of the events of a type. */
function payloads(home: TestHome, type: string): readonly unknown[] {
  return home
    .rows('SELECT envelope FROM events WHERE type = ? ORDER BY seq', type)
    .map(({ envelope }) => JSON.parse(String(envelope)).payload);
}

function reportsIn({ folder }: TestHome): readonly string[] {
  return namesIn(folder.reports).filter((name) => !name.endsWith('.sessions'));
}

describe('a schedule of reports', () => {
  it('requests a report, which its handler keeps and tells of', async () => {
    const home = testHome();
    home.enqueue({ ring: false });
    await passSlot(home, { report: 'cost', since: '31d' });
    expect(payloads(home, 'system.report_requested')).toEqual([
      expect.objectContaining({ schedule: 'costs', report: 'cost', since: '31d' }),
    ]);
    const [name = '', ...others] = reportsIn(home);
    expect(others).toEqual([]);
    const file = `${home.folder.reports}/${name}`;
    expect(readFileSync(file, 'utf8')).toContain('<h1>Cost report</h1>');
    const { size: bytes, mode } = statSync(file);
    expect(mode & 0o777).toBe(0o600);
    expect(payloads(home, 'system.report_written')).toEqual([
      expect.objectContaining({ report: 'cost', format: 'html', file, bytes }),
    ]);
    expect(readFileSync(`${file}.sessions`, 'utf8')).toMatch(/^[0-9a-f]{16}\n$/);
  });

  it.each([
    ['after a week without sessions', { report: 'cost' }, false],
    ['that does not exist', { report: 'yearly' }, true],
  ])('keeps none %s, and gives nothing up', async (_why, payload, isActive) => {
    const home = testHome();
    if (isActive) home.enqueue({ ring: false });
    await passSlot(home, payload);
    expect(payloads(home, 'system.report_requested')).toHaveLength(1);
    expect(payloads(home, 'system.report_written')).toEqual([]);
    expect(reportsIn(home)).toEqual([]);
    expect(home.isQuiet()).toBe(true);
  });
});

describe('writeReport', () => {
  it('keeps a report of a state folder, and says which file it is', async () => {
    const { folder } = testHome();
    const written = await writeReport(folder, { report: 'cost', format: 'html' });
    expect(written).toEqual({ file: TODAY, bytes: statSync(written.file).size });
  });

  it.each([
    ['report', { report: 'yearly', format: 'html' }],
    ['format', { report: 'cost', format: 'exe' }],
    ['time', { report: 'cost', format: 'html', since: 'never' }],
  ])('says why an unknown %s cannot be written', async (_what, wanted) => {
    const { folder } = testHome();
    await expect(writeReport(folder, wanted)).rejects.toThrow(
      /^Cannot write report (?:yearly|cost): \S/,
    );
    expect(namesIn(folder.reports)).toEqual([]);
  });

  it('takes what looks like a flag for a value', async () => {
    const { folder } = testHome();
    const wanted = { report: 'cost', format: 'html', since: '--out=/tmp/elsewhere' };
    await expect(writeReport(folder, wanted)).rejects.toThrow('--out=/tmp/elsewhere');
  });

  it('says why the file cannot be written, and writes it when that is over', async () => {
    const { folder } = testHome();
    writeFileSync(folder.reports, 'no folder');
    const wanted = { report: 'cost', format: 'json' };
    await expect(writeReport(folder, wanted)).rejects.toThrow(
      /^Cannot write report cost: Cannot write .*\/reports\/cost-/,
    );
    rmSync(folder.reports);
    const { file } = await writeReport(folder, wanted);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ report: 'cost' });
  });
});
