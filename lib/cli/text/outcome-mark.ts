import type { Paint } from './paint.ts';

/** A coloured mark for what became of a call: `✓`, `✗`, `⊘`, `…`. */
export function outcomeMark(outcome: string, paint: Paint): string {
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
export function contextText(percent: number | null, paint: Paint): string {
  if (percent === null) return paint.dim('–');
  const text = `${Math.round(percent)} %`;
  return percent >= 85 ? paint.red(text) : percent >= 70 ? paint.yellow(text) : text;
}
