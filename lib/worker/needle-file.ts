import { readFileSync } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';
import { writeView } from '../core/write-view.ts';
import { contextNeedles, isContextNeedle } from '../features/context/needles.ts';
import { failureNeedles, MOST_NEEDLES } from '../features/failure/needles.ts';
import type { Database } from '../store/database.ts';

const FILE = 'failures/needles';

/** Where the needles are written, and the clock that says which sessions are at work. */
export interface NeedlePlace {
  readonly folder: StateFolder;
  readonly clock: () => number;
}

/** The 'needles' refresher: writes what the gate in front of PreToolUse searches a call for. Contexts come first: they are few. */
export function writeNeedles(database: Database, { folder, clock }: NeedlePlace): void {
  const all = [...contextNeedles(database, folder, clock()), ...failureNeedles(database)];
  const lines = [...new Set(all)].slice(0, MOST_NEEDLES);
  writeView(folder.views, FILE, lines.map((line) => `${line}\n`).join(''));
}

/** Whether the file has the needles of contexts that it must have now: the event of a hook that spoke may be missing. */
export function areContextNeedlesWritten(
  database: Database,
  { folder, clock }: NeedlePlace,
): boolean {
  const written = readLines(`${folder.views}/${FILE}`).filter(isContextNeedle);
  return written.join('\n') === contextNeedles(database, folder, clock()).join('\n');
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // nothing was written yet
  }
}
