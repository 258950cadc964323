import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keepReport } from '../../../lib/actions/keep-report.ts';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import { listKeptReports } from '../../../lib/query/reports/kept-reports.ts';
import { forgetFiles } from '../../../lib/retention/forget.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function place(): StateFolder {
  const root = tempFolder();
  return stateFolderAt(root, {}, [root]);
}

const report = (day: string, sessions: readonly string[] = [], text = 'text') => ({
  ...{ name: `weekly-${day}.html`, text, sessions },
});

describe('keeping a report', () => {
  it('writes a file that is closed to others, and replaces one of the same day', () => {
    const folder = place();
    keepReport(folder, report('2026-11-15'));
    const file = keepReport(folder, report('2026-11-15', ['s1'], 'later'));
    expect(readFileSync(file, 'utf8')).toBe('later');
    for (const path of [file, `${file}.sessions`]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder.reports).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder.reports)).toHaveLength(2);
  });

  it('refuses a state folder that is open to others', () => {
    const folder = stateFolderAt(`${tempFolder()}/open`, {}, []);
    mkdirSync(folder.root);
    chmodSync(folder.root, 0o755); // whatever the umask of the process is
    expect(() => keepReport(folder, report('2026-11-15'))).toThrow('open to others');
    expect(existsSync(folder.reports)).toBe(false);
  });

  it('says why the file cannot be written', () => {
    const folder = place();
    writeFileSync(folder.reports, 'no folder');
    expect(() => keepReport(folder, report('2026-11-15'))).toThrow(/^Cannot write .*reports/);
  });

  it('names no session in the list of its sessions', () => {
    const file = keepReport(place(), report('2026-11-15', ['aaaa1111-0000']));
    expect(readFileSync(`${file}.sessions`, 'utf8')).toMatch(/^[0-9a-f]{16}\n$/);
  });
});

describe('forgetting a session', () => {
  it('deletes the reports in which something of it may be, and no other', () => {
    const folder = place();
    keepReport(folder, report('2026-11-08', ['s1', 's2']));
    keepReport(folder, report('2026-11-15', ['s2']));
    expect(forgetFiles(folder, new Set(['s1', 's9']))).toBe(1);
    expect(readdirSync(folder.reports)).toEqual([
      ...['weekly-2026-11-15.html', 'weekly-2026-11-15.html.sessions'],
    ]);
  });
});

describe('the list of kept reports', () => {
  it('has the latest day first, and nothing that is no report', () => {
    const folder = place();
    for (const day of ['2026-11-08', '2026-11-15']) keepReport(folder, report(day));
    keepReport(folder, { name: 'cost-2026-11-15.md', text: '12345', sessions: [] });
    for (const name of ['notes.md', 'other-2026-11-15.md', 'weekly-2026-11-15.exe'])
      writeFileSync(`${folder.reports}/${name}`, '');
    mkdirSync(`${folder.reports}/weekly-2026-11-16.html`);
    expect(listKeptReports(folder).map(({ report: name, day }) => `${name} ${day}`)).toEqual([
      ...['weekly 2026-11-15', 'cost 2026-11-15', 'weekly 2026-11-08'],
    ]);
    expect(listKeptReports(folder)[1]).toMatchObject({ format: 'md', bytes: 5 });
  });

  it('is empty where no report was ever kept', () => {
    expect(listKeptReports(place())).toEqual([]);
  });
});
