import { expect, it } from 'vitest';
import { reportArguments } from '../../../lib/worker/write-report.ts';

it('reads no word of an event as an option', () => {
  const wanted = { report: '--out=/tmp/x', format: '--force', since: '--help' };
  expect(reportArguments(wanted)).toEqual([
    ...['report', '--keep', '--json', '--format=--force', '--since=--help'],
    ...['--', '--out=/tmp/x'],
  ]);
});
