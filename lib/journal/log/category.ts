/** The first words of our own types; those of the user's are bounded, these are not. */
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

/** So many categories of the user's have a file of their own. */
const MOST_OTHERS = 50;

/** Of every category beyond those. */
export const OTHER = 'other';

/** The file below the state folder for events of a category. */
export function logPath(category: string): string {
  return `log/${category}-events.jsonl`;
}

/** The category of a type: its first word. */
export function categoryOf(type: string): string {
  const dot = type.indexOf('.');
  return dot < 0 ? type : type.slice(0, dot);
}

/** The category whose file gets an event: its own, or `other` where there are too many. @param paths The files that there are. */
export function fileCategory(type: string, paths: ReadonlySet<string>): string {
  const category = categoryOf(type);
  if (OWN.includes(category) || paths.has(logPath(category))) return category;
  const others = [...paths].filter((path) => !OWN.some((own) => path === logPath(own)));
  return others.length < MOST_OTHERS ? category : OTHER;
}

/** The category of a file in log/, current, closed or compressed; `undefined` for other files. */
export function categoryOfFile(name: string): string | undefined {
  return /^([a-z][a-z0-9_-]*)-events(?:\.\d{4}-\d{2}-\d{2}(?:\.\d+)?(?:\.closed)?)?\.jsonl(?:\.gz)?$/.exec(
    name,
  )?.[1];
}
