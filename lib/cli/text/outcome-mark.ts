import type { SeenWorker } from '../../query/workers.ts';
import type { Paint } from './paint.ts';

/** A percentile of fewer says nothing. */
export const MIN_SAMPLES = 50;

/** A coloured mark for what became of a call: `✓`, `✗`, `⊘`, `…`. */
export function formatOutcomeMark(outcome: string, paint: Paint): string {
  switch (outcome) {
    case 'ok':
      return paint.green('✓');
    case 'failed':
      return paint.red('✗');
    case 'rejected':
      return paint.yellow('⊘');
    default:
      return paint.dim('…');
  }
}

/** `42 %`, coloured from 70 on; `–` when it is not known. */
export function formatContextPercent(percent: number | null, paint: Paint): string {
  if (percent === null) return paint.dim('–');
  const text = `${Math.round(percent)} %`;
  return percent >= 85 ? paint.red(text) : percent >= 70 ? paint.yellow(text) : text;
}

/** A coloured mark and word for what a worker does. */
export function formatWorkerState(state: SeenWorker['state'], paint: Paint): string {
  const colour = { working: paint.green, idle: paint.green, stuck: paint.red, dead: paint.red }[
    state
  ];
  return colour(`● ${state}`);
}

/** `85 of 100`, coloured from 79 down. */
export function formatHealthScore(score: number, paint: Paint): string {
  const text = `${score} of 100`;
  return score < 50 ? paint.red(text) : score < 80 ? paint.yellow(text) : text;
}
