/** The first words of our own types. Those of the user's types are limited in number. */
const OWN: readonly string[] = [
  'agent',
  'checkpoint',
  'daemon',
  'learning',
  'network',
  'process',
  'routing',
  'security',
  'session',
  'system',
  'task',
  'worker',
];

/** Number of the user's categories that get a file of their own. */
const MAX_OTHERS = 50;

/** Category of all others. */
export const OTHER = 'other';

/** Returns the file below the state folder for a category. */
export function logPath(category: string): string {
  return `log/${category}-events.jsonl`;
}

/** Returns the category of a type: its first word. */
export function categoryOf(type: string): string {
  const dot = type.indexOf('.');
  return dot < 0 ? type : type.slice(0, dot);
}

/**
 * Returns the category whose file gets an event: its own, or `other` if there are too many.
 * @param paths Existing files.
 */
export function fileCategory(type: string, paths: ReadonlySet<string>): string {
  const category = categoryOf(type);
  if (OWN.includes(category) || paths.has(logPath(category))) return category;
  const others = [...paths].filter((path) => !OWN.some((own) => path === logPath(own)));
  return others.length < MAX_OTHERS ? category : OTHER;
}

/**
 * Returns the category of a file in log/, current, closed or compressed; `undefined` for other
 * files.
 */
export function categoryOfFile(name: string): string | undefined {
  return /^([a-z][a-z0-9_-]*)-events(?:\.\d{4}-\d{2}-\d{2}(?:\.\d+)?(?:\.closed)?)?\.jsonl(?:\.gz)?$/.exec(
    name,
  )?.[1];
}
