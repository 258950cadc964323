// Makes the pictures of docs/pictures/: `npm run docs:pictures`, or with the names of some of them.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pacedFrames, recordTerminal } from './record-terminal.ts';
import { makeStillHome } from './still-home.ts';
import { COLUMNS, drawStill, STILLS } from './stills.ts';
import { plainText, type StyledLine } from './styled-lines.ts';
import { animatedSvg, type Frame } from './terminal-svg.ts';

const PICTURES = 'docs/pictures';

/** Lines of the demo that are seen at once: with the commands below it, it fits on a screen. */
const ROWS = 21;

/** The demo as it runs in a terminal, with the pauses of a reader. */
async function drawDemo(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'waymark-picture-'));
  try {
    mkdirSync(`${root}/bin`);
    symlinkSync(resolve('dist/waymark.cjs'), `${root}/bin/waymark`);
    symlinkSync(process.execPath, `${root}/bin/node`);
    const recorded = await recordTerminal({
      command: "printf '$ waymark demo\\n\\n' && waymark demo",
      columns: COLUMNS,
      environment: { PATH: `${root}/bin:/usr/bin:/bin`, HOME: root, TMPDIR: root, TZ: 'UTC' },
    });
    const frames = pacedFrames(recorded, {
      longestMs: 900,
      readMs: (line) => (plainText(line).includes('│') ? 450 : 0),
    });
    return animatedSvg(
      {
        title:
          'waymark demo: a failed command, the warning before it is repeated, the context line, where the session was, and what hooks cost',
        lines: recorded.lines,
        columns: COLUMNS,
      },
      { frames, rows: ROWS, restMs: 8_000, firstMs: firstSight(recorded.lines, frames) },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** When the warning stands there: what the demo is about. */
function firstSight(lines: readonly StyledLine[], frames: readonly Frame[]): number {
  const place = lines.findIndex((line) => plainText(line).includes('What worked instead'));
  return frames.find((frame) => frame.lines > place + 1)?.at ?? 0;
}

/** Each still, from one home. */
async function drawStills(wanted: (name: string) => boolean): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'waymark-stills-'));
  Object.assign(process.env, { HOME: home, TZ: 'UTC' });
  const still = await makeStillHome(home);
  try {
    for (const one of STILLS)
      if (wanted(one.name))
        writeFileSync(`${PICTURES}/${one.name}.svg`, await drawStill(one, still));
  } finally {
    still.close();
    rmSync(home, { recursive: true, force: true });
  }
}

mkdirSync(PICTURES, { recursive: true });
const names = process.argv.slice(2);
const isWanted = (name: string): boolean => names.length === 0 || names.includes(name);
if (isWanted('demo')) writeFileSync(`${PICTURES}/demo.svg`, await drawDemo());
await drawStills(isWanted);
