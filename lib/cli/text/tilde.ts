import { homedir } from 'node:os';

/** The home folder as `~`. */
export function abbreviateHome(path: string): string {
  const home = homedir();
  if (home === '' || home === '/') return path;
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/**
 * A sentence in which paths below the home folder begin with `~`. Not for commands: a shell leaves
 * a quoted `~` as it is.
 */
export function abbreviateHomeIn(text: string): string {
  const home = homedir();
  if (home === '' || home === '/') return text;
  // the home folder may have spaces in its name
  const [first = '', ...others] = text.split(`${home}/`);
  return others.reduce(
    (before, after) => `${before}${/(?:^| )$/.test(before) ? '~' : home}/${after}`,
    first,
  );
}
