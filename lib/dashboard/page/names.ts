import { formatUsd } from '../../core/units.ts';
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

/** `$1.20`, `$1,234.50`, `< $0.01`; a part without price makes it "at least". */
export function costText(cost: Cost | null | undefined): string {
  if (cost === null || cost === undefined || cost.answers === 0) return '–';
  if (cost.dollars === null) return 'no price';
  if (cost.unpriced === 0) return formatUsd(cost.dollars);
  return `≥ ${cost.dollars < 0.005 ? '$0.00' : formatUsd(cost.dollars)}`;
}

/** Where a session is shown. */
export function sessionPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}
