/** Data of the status line; unknown parts are left out. */
export interface StatusLineFacts {
  /** How full the context is, 0 to 100. */
  readonly percent: number | undefined;
  /** What the session has cost so far, in dollars. */
  readonly cost: number | undefined;
  /**
   * Used percent of the subscription windows, under their short names; empty if the client reports
   * none.
   */
  readonly limits: ReadonlyArray<readonly [name: string, used: number]>;
  /** Number of waiting entries. */
  readonly queued: number;
  readonly isWorkerAlive: boolean;
  /** Milliseconds since the last checkpoint. */
  readonly savedAgo: number | undefined;
}

/** More entries than a worker applies in a second. */
const MANY = 1_000;

const CELLS = 10;
const HIGH = 70;
const VERY_HIGH = 85;

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2 } as const;
type Paint = (colour: keyof typeof COLOURS, text: string) => string;

/**
 * Formats one line: context bar, cost, subscription windows, queue, worker, age of the last
 * checkpoint.
 */
export function formatStatusLine(glance: StatusLineFacts, useColour: boolean): string {
  const paint: Paint = (colour, text) =>
    useColour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  const parts = [
    contextPart(glance, paint),
    costPart(glance),
    ...limitParts(glance, paint),
    queuePart(glance, paint),
    workerPart(glance, paint),
    savedPart(glance, paint),
  ];
  return parts.filter((part) => part !== '').join(paint('dim', ' · '));
}

function contextPart({ percent }: StatusLineFacts, paint: Paint): string {
  if (percent === undefined) return '';
  const filled = Math.min(CELLS, Math.max(0, Math.round((percent / 100) * CELLS)));
  const colour = percent >= VERY_HIGH ? 'red' : percent >= HIGH ? 'yellow' : 'green';
  return `${paint(colour, '█'.repeat(filled))}${paint('dim', '░'.repeat(CELLS - filled))} ${paint(colour, `${Math.round(percent)}%`)}`;
}

function costPart({ cost }: StatusLineFacts): string {
  return cost === undefined ? '' : `$${cost.toFixed(2)}`;
}

function limitParts({ limits }: StatusLineFacts, paint: Paint): readonly string[] {
  return limits.map(([name, used]) => {
    const text = `${name} ${used}%`;
    return used >= VERY_HIGH ? paint('red', text) : used >= HIGH ? paint('yellow', text) : text;
  });
}

function queuePart({ queued }: StatusLineFacts, paint: Paint): string {
  const text = `queue ${queued}`;
  return queued >= MANY ? paint('yellow', text) : queued === 0 ? paint('dim', text) : text;
}

/**
 * Formats the worker's state. A missing worker while nothing waits may simply have exited for lack
 * of work.
 */
function workerPart({ isWorkerAlive, queued }: StatusLineFacts, paint: Paint): string {
  if (isWorkerAlive) return `worker ${paint('green', '●')}`;
  return queued === 0 ? paint('dim', 'worker ○') : paint('red', 'no worker');
}

function savedPart({ savedAgo }: StatusLineFacts, paint: Paint): string {
  return savedAgo === undefined ? '' : paint('dim', `saved ${selectByAge(savedAgo)} ago`);
}

function selectByAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
