import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { planInstall, planUninstall } from '../../../installer/plan.ts';
import { formatSummary } from '../../../installer/texts.ts';
import { fakeMachine } from './fake-surroundings.ts';

const hook = (command: string) => ({ hooks: [{ type: 'command', command }] });

/** Settings with two hooks and a status line of their own. */
const OWN = JSON.stringify({
  hooks: { Stop: [hook('beep')], PreToolUse: [hook('look')] },
  statusLine: { type: 'command', command: 'mine' },
});

describe('summaryLine', () => {
  it('says what is added and what stays', () => {
    const { around, settings } = fakeMachine();
    writeFileSync(settings, OWN);
    expect(formatSummary(planInstall('user', undefined, around, true), around)).toBe(
      '15 entries for 14 events; your 2 hooks stay; your status line is kept; a backup is kept.',
    );
    expect(formatSummary(planInstall('user', ['failure'], around), around)).toBe(
      '3 entries for 3 events; your 2 hooks stay; a backup is kept.',
    );
  });

  it('says that a file is new', () => {
    const { around } = fakeMachine();
    expect(formatSummary(planInstall('user', ['session'], around, true), around)).toBe(
      '4 entries for 4 events; a status line; the file is new.',
    );
  });

  it('says what goes', async () => {
    const { around, settings } = fakeMachine();
    await install({ scope: 'user', statusLine: true }, around);
    expect(formatSummary(planInstall('user', ['session'], around, false), around)).toBe(
      '11 entries go; the status line is removed; a backup is kept.',
    );
    expect(formatSummary(planUninstall('user', around), around)).toBe(
      '15 entries go; the status line is removed; the file is deleted: it did not exist before; a backup is kept.',
    );
    await install({ scope: 'local' }, around);
    writeFileSync(settings, OWN);
    await install({ scope: 'user' }, around);
    expect(formatSummary(planUninstall('user', around), around)).toBe(
      '15 entries go; your 2 hooks stay; your status line is restored; a backup is kept.',
    );
  });
});
