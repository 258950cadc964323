import { WaymarkError } from '../core/errors.ts';
import { shellWord } from '../core/shell-word.ts';
import type { GitProblem } from '../git/run-git.ts';

/** A folder of which no snapshot is taken, whenever it is tried. */
export function createRefusal(folder: string, reason: string, remedy: string): WaymarkError {
  return new WaymarkError('SNAPSHOT_REFUSED', `${beginning(folder)}: ${reason}`, { remedy });
}

/** Why git did not say what we need to know of a repository, and what helps. */
export function explainProblem(top: string, { kind, reason }: GitProblem): WaymarkError {
  const folder = shellWord(top);
  switch (kind) {
    case 'late':
      return createFailure(
        top,
        reason,
        `Try again when the machine is less busy; if \`git -C ${folder} status\` waits, too, see what for.`,
      );
    case 'missing':
      return createFailure(top, reason, 'Install git 2.30 or later.');
    case 'owner':
      return createRefusal(
        top,
        `${reason}, so git does not read it`,
        `If you trust it: \`git config --global --add safe.directory ${folder}\``,
      );
    case 'guarded':
      return createRefusal(top, reason, `See \`git -C ${folder} config --list\`.`);
    case 'odd-file':
      return createRefusal(
        top,
        `${reason}, and git would wait for it`,
        'Delete it, and put the file back that was there.',
      );
    case 'failed':
      return createRefusal(
        top,
        `it cannot be read as a repository: ${reason}`,
        `Run \`git -C ${folder} status\` to see why.`,
      );
  }
}

/** A snapshot that may succeed later. */
function createFailure(folder: string, reason: string, remedy: string): WaymarkError {
  return new WaymarkError('SNAPSHOT_FAILED', `${beginning(folder)}: ${reason}`, { remedy });
}

function beginning(folder: string): string {
  return `Cannot save the files of ${folder}`;
}
