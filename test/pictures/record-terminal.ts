import { spawn } from 'node:child_process';
import type { Frame } from './terminal-svg.ts';
import { type StyledLine, styledLines } from './styled-lines.ts';

export interface Recorded {
  readonly lines: readonly StyledLine[];
  readonly frames: readonly Frame[];
}

export interface TerminalOrder {
  /** A command line for `sh`. */
  readonly command: string;
  readonly columns: number;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs a command in a pseudo terminal (that of `script`) and notes when each of its lines came.
 * @throws when it fails.
 */
export async function recordTerminal(order: TerminalOrder): Promise<Recorded> {
  const { command, columns, environment } = order;
  const inTerminal = `stty cols ${columns} rows 40 && ${command}`;
  const child = spawn('script', ['-qefc', inTerminal, '/dev/null'], {
    env: { ...environment, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const frames: Frame[] = [];
  const from = performance.now();
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    frames.push({ at: performance.now() - from, lines: text.split('\n').length - 1 });
  });
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (status !== 0) throw new Error(`Cannot record ${command}: it ended with ${status}`);
  return { lines: styledLines(text.trimEnd()), frames };
}

export interface Pace {
  /** The longest pause between two lines. */
  readonly longestMs: number;
  /** The time that a reader gets for a line. */
  readonly readMs: (line: StyledLine) => number;
}

/**
 * The frames with pauses that a reader likes: shorter where nothing happens, longer where there is
 * text to read.
 */
export function pacedFrames({ lines, frames }: Recorded, pace: Pace): readonly Frame[] {
  const paced: Frame[] = [];
  let [at, before, count] = [0, 0, 0];
  for (const frame of frames) {
    if (frame.lines <= count) continue;
    at += Math.min(pace.longestMs, frame.at - before);
    before = frame.at;
    for (; count < Math.min(frame.lines, lines.length); ) {
      count += 1;
      paced.push({ at, lines: count });
      at += pace.readMs(lines[count - 1] ?? []);
    }
  }
  return paced;
}
