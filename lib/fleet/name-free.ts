/** Folders that are the same on every machine. */
const COMMON_FOLDERS = '(?:usr|bin|sbin|etc|dev|lib|proc|sys|var/(?:run|log|lib))';

/** A path that begins at the root, in a user's home, or on a drive. */
const FOREIGN_PATH = new RegExp(
  `(?:^|[^\\w.~$/*}>-])(?:/(?!${COMMON_FOLDERS}(?:/|\\b))[\\w.@+-]|~\\w|[A-Za-z]:[\\\\/])|file://`,
);

const EMAIL = /[\w.+-]+@[A-Za-z][\w-]*\.[A-Za-z]/;

/** Names of accounts and machines that identify no person. */
const NOBODY = new Set([
  ...['root', 'admin', 'user', 'ubuntu', 'debian', 'node', 'git', 'dev', 'test', 'build', 'ci'],
  ...['runner', 'localhost', 'app', 'docker', 'vscode', 'codespace', 'jenkins', 'postgres'],
]);

/** Shorter names occur in any text by chance. */
const MIN_NAME = 2;

/** Answers whether a text names no path of a machine, no machine and no person of a team. */
export type NameCheck = (text: string) => boolean;

/** @param names Of the machines and people of the team. */
export function nameCheck(names: readonly string[]): NameCheck {
  const words = names
    .flatMap((name) => [name, name.split('.', 1)[0] ?? name])
    .map((name) => name.toLowerCase())
    .filter((name) => name.length >= MIN_NAME && !NOBODY.has(name));
  const known = [...new Set(words)].map((word) => word.replaceAll(/[^\w ]/g, '\\$&'));
  const named =
    known.length === 0 ? undefined : new RegExp(`(?<!\\w)(?:${known.join('|')})(?!\\w)`, 'i');
  return (text) =>
    !FOREIGN_PATH.test(text) &&
    !(EMAIL.test(text) && !/(?:^|[^\w.])git@/.test(text)) &&
    named?.test(text) !== true;
}
