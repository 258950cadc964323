import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { REPORT_NAMES } from '../../lib/query/reports/report-names.ts';
import { makeStillHome, type StillHome, stillSetting } from '../pictures/still-home.ts';
import { runCommand } from '../unit/cli/run-command.ts';

let still: StillHome;

beforeAll(async () => {
  const home = realpathSync(mkdtempSync(`${tmpdir()}/waymark-examples-`));
  vi.stubEnv('TZ', 'UTC');
  vi.stubEnv('HOME', home);
  still = await makeStillHome(home);
});

afterAll(() => {
  still.close();
  rmSync(still.home, { recursive: true });
  vi.unstubAllEnvs();
});

async function printed(name: string, format: string): Promise<string> {
  const { folder, home } = still;
  const setting = stillSetting(home);
  const { out, err } = await runCommand(folder, ['report', name, '--format', format], {
    ...setting,
    environment: { ...setting.environment, FORCE_COLOR: '0' },
  });
  expect(err).toBe('');
  expect(out, 'a path of this machine').not.toContain(home);
  // how large the files are is a matter of the driver and of the version
  return out.replace(/(?<=Disk(?: \||<\/dt><dd>) ?)[\d.]+ [kM]B/, '1.3 MB');
}

/** Write them anew with `npx vitest run test/contract/report-examples.test.ts -u`. */
describe('docs/examples/reports', () => {
  it.each(REPORT_NAMES)('has %s as it is printed today', async (name) => {
    const text = await printed(name, 'md');
    await expect(text).toMatchFileSnapshot(`../../docs/examples/reports/${name}.md`);
  });

  it('has the weekly report as a page', async () => {
    const page = await printed('weekly', 'html');
    await expect(page).toMatchFileSnapshot('../../docs/examples/reports/weekly.html');
  });
});
