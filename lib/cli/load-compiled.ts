import { createRequire } from 'node:module';
import { isPrivateFolder } from '../code-cache/cached-code.ts';
import { runScript } from '../code-cache/run-script.ts';
import { systemClock } from '../core/clock.ts';
import { findStateRoot } from '../core/state-folder.ts';

/**
 * Loads a file of the build as it was compiled at an earlier start, where the user has a state
 * folder. Worth it for files of more than some 50 kB.
 */
export function loadCompiled(file: string): void {
  const root = findStateRoot(process.env);
  if (root === undefined || !isPrivateFolder(root)) createRequire(file)(file);
  else
    runScript(file, {
      root,
      folder: `${root}/cache`,
      now: systemClock,
      // Each `require` that Node makes takes longer than a look into its own modules.
      load: (id, from) => process.getBuiltinModule(id) ?? createRequire(from)(id),
      atExit: (callback) => void process.once('exit', callback),
    });
}
