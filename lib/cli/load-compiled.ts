import { isPrivateFolder } from '../code-cache/cached-code.ts';
import { runScript } from '../code-cache/run-script.ts';
import { systemClock } from '../core/clock.ts';
import { packageLoader } from '../core/package-loader.ts';
import { findStateRoot } from '../core/state-folder.ts';

/**
 * Loads a file of the build as it was compiled at an earlier start, where the user has a state
 * folder. Worth it for files of more than some 50 kB.
 */
export function loadCompiled(file: string): void {
  const root = findStateRoot(process.env);
  const load = packageLoader(); // Node's own: another one would take half a millisecond.
  if (root === undefined || !isPrivateFolder(root)) load(file);
  else
    runScript(file, {
      root,
      folder: `${root}/cache`,
      now: systemClock,
      // Each `require` that Node makes takes longer than a look into its own modules.
      load: (id) => process.getBuiltinModule(id) ?? load(id),
      atExit: (callback) => void process.once('exit', callback),
    });
}
