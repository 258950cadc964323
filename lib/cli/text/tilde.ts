import { homedir } from 'node:os';

/** The home folder as `~`. */
export function tilde(path: string): string {
  const home = homedir();
  if (home === '' || home === '/') return path;
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
