import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RECORDED_SIZES, recordingOf, recordWizard } from '../pictures/wizard-screens.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { HAS_TERMINAL, OWN, startWizard, type WizardRun } from '../support/wizard-terminal.ts';

const ENTER = '\r';
const DOWN = '\u001b[B';

function wizard(columns: number, rows: number, ...args: readonly string[]): WizardRun {
  const run = startWizard(tempFolder(), { columns, rows }, args);
  onTestFinished(run.end);
  return run;
}

describe.skipIf(!HAS_TERMINAL)('the wizard on a terminal', () => {
  it.each(RECORDED_SIZES)(
    'is answered with keys, shows the diff on request, breaks no word, and is what docs/pictures shows at $columns x $rows',
    async (size) => {
      const { run, screens } = await recordWizard(tempFolder(), size);
      expect(readFileSync(run.settings, 'utf8')).toContain('session-start');
      const words = run.text().replace(/\s*\n│? */g, ' ');
      expect(words).toContain(
        '15 entries for 14 events; your status line is kept; a backup is kept.',
      );
      expect(words).toContain('Running sessions join at their next prompt.');
      expect(words).toContain('Undo:  ~/.local/state/waymark/bin/waymark uninstall');
      const wide = run
        .text()
        .split('\n')
        .filter((line) => /^[│◇◆●┌└]/.test(line) && line.length > size.columns)
        .filter((line) => !line.includes('/'));
      expect(wide).toEqual([]);
      // `npm run docs:wizard` records it anew
      expect(screens).toBe(readFileSync(recordingOf(size), 'utf8'));
    },
  );

  it.each([
    ['No', `${DOWN}${ENTER}`],
    ['Ctrl+C', '\u0003'],
  ])('leaves the file as it was after %s', async (_, keys) => {
    const { settings, ended, text, answer } = wizard(
      80,
      24,
      '--scope',
      'user',
      '--features',
      'session',
      '--status-line',
      '--worker',
      'resident',
    );
    await answer('Write this?', keys);
    expect(await ended).toBe(130);
    expect(text()).toContain('Nothing was changed.');
    expect(readFileSync(settings, 'utf8')).toBe(OWN);
  });
});
