import type { Cost } from '../../query/cost.ts';
import type { SessionSummary } from '../../query/sessions.ts';
import { visibleText } from './visible-text.ts';

/** The last part of a project's path. */
export function projectName(project: string | null): string {
  if (project === null) return '–';
  const parts = project.split(/[\\/]/).filter((part) => part !== '');
  return visibleText(parts.at(-1) ?? project);
}

/** What a session is called: by its title, its last prompt, or its id. */
export function sessionName({ title, lastPrompt, id }: SessionSummary): string {
  return title ?? lastPrompt ?? `Session ${id.slice(0, 8)}`;
}

/** `$1.20`, `$0.004`; a part without price makes it "at least". */
export function costText(cost: Cost | null | undefined): string {
  if (cost === null || cost === undefined || cost.answers === 0) return '–';
  if (cost.dollars === null) return 'no price';
  const text = dollars(cost.dollars);
  return cost.unpriced > 0 ? `≥ ${text}` : text;
}

function dollars(amount: number): string {
  if (amount === 0) return '$0';
  return amount < 0.01 ? `$${amount.toPrecision(1)}` : `$${amount.toFixed(2)}`;
}

/** Where a session is shown. */
export function sessionPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}
