import type { Output } from '../command-context.ts';

/** How far a long piece of work is, on the last line of a terminal; nothing where there is none. */
export interface ProgressLine {
  show(done: number, total: number, text: string): void;
  /** Takes the line away. */
  end(): void;
}

const BAR = 24;
const SHORTEST_MS = 80;
const ERASE = '\r\u001b[2K';

export function progressLine(output: Output, clock: () => number): ProgressLine {
  if (output.isTTY !== true) return { show: () => undefined, end: () => undefined };
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(done, total, text) {
      if (Math.abs(clock() - shownAt) < SHORTEST_MS) return;
      shownAt = clock();
      const part = total === 0 ? 1 : Math.min(1, done / total);
      const bar = '█'.repeat(Math.round(part * BAR)).padEnd(BAR, '░');
      output.write(`${ERASE}${bar} ${String(Math.floor(part * 100)).padStart(3)}%  ${text}`);
    },
    end() {
      if (shownAt > Number.NEGATIVE_INFINITY) output.write(ERASE);
    },
  };
}
