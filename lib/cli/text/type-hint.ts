import { readFileSync } from 'node:fs';
import { findNearest } from '../../core/nearest-word.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { matchesType } from '../../events/matches-type.ts';
import type { CompletionTable } from '../completion/completion-table.ts';

/**
 * Asks whether another type was meant, where no event fits `--type`; nothing for a type that this
 * version knows. The names come from the table for completion: their schemas would be read at each
 * start.
 */
export function suggestType(glob: string | undefined): readonly string[] {
  if (glob === undefined) return [];
  const types = knownTypes();
  if (types.some((type) => matchesType([glob], type))) return [];
  const whole = types.map((type) => type.replace(/\..*$/, '.*'));
  const meant = findNearest(glob, glob.includes('*') ? whole : types);
  return meant === undefined ? [] : [`Did you mean --type '${meant}'?`];
}

function knownTypes(): readonly string[] {
  try {
    const text = readFileSync(`${packageFolder()}/dist/completion.json`, 'utf8');
    const { words }: CompletionTable = JSON.parse(text);
    return (words['types'] ?? []).map(({ value }) => value);
  } catch {
    return []; // not built: it is only a hint
  }
}
