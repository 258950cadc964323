import { spawnSync } from 'node:child_process';

/** Whether a program is installed here; prints what is left out where it is not. */
export function isInstalled(program: string, leftOut: string): boolean {
  const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found) console.warn(`${program} is not installed: ${leftOut} is not tested`);
  return found;
}
