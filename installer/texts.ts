import { styleText } from 'node:util';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import type { Plan } from './plan.ts';
import type { Proof } from './prove.ts';
import type { Surroundings } from './surroundings.ts';

/** The command that takes this installation out again, runnable from where the installer was run. */
export function undoCommand(scope: Scope, around: Surroundings): string {
  return `${around.command} uninstall${scope === 'user' ? '' : ` --scope ${scope}`}`;
}

/** What happens from now on, how to look, and how to undo. */
export function closingLines(scope: Scope, around: Surroundings): readonly string[] {
  return [
    'From now on each session of Claude Code is recorded; you need not do anything. Running sessions join at their next prompt.',
    `Look:  ${around.command} status`,
    `Undo:  ${undoCommand(scope, around)}`,
  ];
}

/** What was done to settings.json, or that there was nothing to do, in one line. */
export function outcomeLine({ changed, added, removed, file, after, hadLine, line }: Plan): string {
  if (!changed) return `Nothing to change in ${file}.`;
  const gone = what(removed, hadLine && !line.isIn);
  if (after === undefined) return `Removed ${gone} with ${file}, which did not exist before.`;
  if (added === 0 && !line.isIn) return `Removed ${gone} from ${file}.`;
  if (added === 0 && removed > 0)
    return `Removed ${count(removed)} from ${file}; the status line is ${hadLine ? 'still there' : 'new'}.`;
  return `Installed ${what(added, line.isIn && (!hadLine || added === 0))} in ${file}${removed === 0 ? '.' : `; ${count(removed)} of an earlier installation went.`}`;
}

/** Both times of a proof, or why there are none. */
export function proofLine(proof: Proof): string {
  if (!proof.ok) return `Not proved: ${proof.message}`;
  return `Proved: sample sent ${proof.sentAt ?? 'at an unknown time'}, in the store ${proof.storedAt ?? 'at an unknown time'}.`;
}

/** A unified diff with its lines coloured. */
export function colourDiff(diff: string, colour: boolean): string {
  if (!colour) return diff;
  return diff
    .split('\n')
    .map((line) =>
      /^(?:---|\+\+\+) /.test(line)
        ? styleText('bold', line)
        : line.startsWith('+')
          ? styleText('green', line)
          : line.startsWith('-')
            ? styleText('red', line)
            : line,
    )
    .join('\n');
}

/** `13 hooks`, `13 hooks and the status line`, `the status line`. */
function what(hooks: number, hasLine: boolean): string {
  if (!hasLine) return count(hooks);
  return hooks === 0 ? 'the status line' : `${count(hooks)} and the status line`;
}

function count(entries: number): string {
  return entries === 1 ? '1 hook' : `${entries} hooks`;
}
