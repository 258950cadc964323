import { readFileSync, writeFileSync } from 'node:fs';
import { objectField, parseJsonObject } from '../../lib/core/json.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import { type StillHome, stillSetting } from './still-home.ts';
import { plainText, styledLines } from './styled-lines.ts';
import { stillSvg } from './terminal-svg.ts';

/** A command of which there is a picture, and the folder in which it is given. */
export interface Still {
  readonly name: string;
  readonly args: readonly string[];
  readonly title: string;
  /** What happens to the home before. */
  readonly before?: (home: StillHome) => void;
}

export const STILLS: readonly Still[] = [
  { name: 'status', args: ['status'], title: 'hooks, worker, today and queue in a line each' },
  { name: 'sessions', args: ['sessions'], title: 'three sessions, latest first' },
  { name: 'show', args: ['show', 'last'], title: 'what happened in a session' },
  { name: 'failures', args: ['failures', 'list'], title: 'what fails, and what worked instead' },
  {
    ...{ name: 'doctor', args: ['doctor'], title: 'what is wrong, and the command that mends it' },
    before: loseTwoHooks,
  },
];

export const COLUMNS = 80;

/** Another program rewrites the settings of the client from a copy of before. */
function loseTwoHooks({ home }: StillHome): void {
  const file = `${home}/.claude/settings.json`;
  const settings = parseJsonObject(readFileSync(file, 'utf8')) ?? {};
  const { PreCompact, StopFailure, ...hooks } = objectField(settings, 'hooks');
  writeFileSync(file, JSON.stringify({ ...settings, hooks }));
}

/** Draws what a command prints. HOME of the process must be the home, TZ must be UTC. */
export async function drawStill({ args, title, before }: Still, still: StillHome): Promise<string> {
  const { home, folder } = still;
  before?.(still);
  const { out, err } = await runCommand(folder, args, { ...stillSetting(home), columns: COLUMNS });
  if (err !== '') throw new Error(`Cannot draw ${args.join(' ')}: ${err}`);
  const lines = styledLines(`$ waymark ${args.join(' ')}\n\n${out.trimEnd()}`);
  const own = lines.map(plainText).find((line) => line.includes(home));
  if (own !== undefined) throw new Error(`Cannot draw ${own}: it has a path of this machine`);
  return stillSvg({ title: `waymark ${args.join(' ')}: ${title}`, lines, columns: COLUMNS });
}
