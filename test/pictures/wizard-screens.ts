import { eventually } from '../support/eventually.ts';
import { startWizard, type TerminalSize, type WizardRun } from '../support/wizard-terminal.ts';
import { screenLines } from './terminal-screen.ts';

const ENTER = '\r';
const DOWN = '\u001b[B';

/** The sizes in which the wizard is recorded, in `docs/pictures`. */
export const RECORDED_SIZES = [
  { columns: 80, rows: 24 },
  { columns: 60, rows: 15 },
] as const satisfies readonly TerminalSize[];

/** What is asked, and what the user presses. */
const ANSWERS: ReadonlyArray<readonly [question: string, keys: string, count?: number]> = [
  ['For whom?', ENTER],
  ['What should be recorded?', ENTER],
  ['Show context, cost, queue', 'y'],
  ['How should the worker run?', ENTER],
  ['Write this?', `${DOWN}${DOWN}${ENTER}`],
  ['Write this?', ENTER, 2],
];

/** The name of a backup has a hash of the path of the settings and the time of the install. */
const BACKUP = /[0-9a-f]{16}\.\d{8}T\d{9}Z/;
const FIXED_BACKUP = '9c1f35d20b7e4a68.20261101T090000000Z';

/** Where a recording of the wizard is kept. */
export function recordingOf({ columns, rows }: TerminalSize): string {
  return `docs/pictures/wizard-${columns}x${rows}.txt`;
}

/**
 * Answers the wizard in the empty folder `home`, which is shown as `/home/you`, and returns the screen at each question and at the end, in frames.
 * @throws when the wizard fails.
 */
export async function recordWizard(
  home: string,
  size: TerminalSize,
): Promise<{ readonly run: WizardRun; readonly screens: string }> {
  const run = startWizard(home, size, ['--no-prove']);
  try {
    const screens: string[] = [];
    const take = (): void => void screens.push(screen(run.raw(), size, home));
    for (const [question, keys, count] of ANSWERS) {
      await run.answer(question, '', count);
      // the frame of a question ends with this corner
      await eventually(`${question} is drawn`, () => run.text().trimEnd().endsWith('└'));
      take();
      await run.answer(question, keys, count);
    }
    const status = await run.ended;
    if (status !== 0) throw new Error(`Cannot record the wizard: it ended with ${status}`);
    take();
    return { run, screens: `${screens.join('\n')}\n` };
  } finally {
    run.end();
  }
}

/** The last lines, as many as there are rows, in a frame. */
function screen(raw: string, { columns, rows }: TerminalSize, home: string): string {
  const lines = screenLines(raw.replaceAll(home, '/home/you'), columns);
  const last = lines.findLastIndex((line) => line !== '');
  const edge = '─'.repeat(columns);
  const shown = lines
    .slice(Math.max(0, last + 1 - rows), last + 1)
    .map((line) => line.replace(BACKUP, FIXED_BACKUP));
  return [`┌${edge}┐`, ...shown.map((line) => `│${line.padEnd(columns)}│`), `└${edge}┘`].join('\n');
}
