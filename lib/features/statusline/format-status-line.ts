/** Data of the status line; unknown parts are left out. */
export interface StatusLineFacts {
  /** How full the context is, 0 to 100. */
  readonly percent: number | undefined;
  /** What the session has cost so far, in dollars. */
  readonly cost: number | undefined;
  /** The subscription windows; empty if the client reports none. */
  readonly limits: readonly LimitFacts[];
  /** Number of waiting entries. */
  readonly queued: number;
  readonly isWorkerAlive: boolean;
  /** Milliseconds since the last checkpoint. */
  readonly savedAgo: number | undefined;
}

export interface LimitFacts {
  /** Its short name. */
  readonly name: string;
  /** Percent. */
  readonly used: number;
  /** Milliseconds until the window begins anew. */
  readonly resetsIn: number;
  /** Percent at that time, if it goes on like this; `undefined` while that says nothing. */
  readonly pace: number | undefined;
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

/** For example `5h 42% (74% in 2h)`: used now, and at this pace when the window begins anew. */
function limitParts({ limits }: StatusLineFacts, paint: Paint): readonly string[] {
  return limits.map(({ name, used, resetsIn, pace }) => {
    const text = `${name} ${used}% (${pace === undefined ? 'new' : `${pace}%`} in ${spanOf(resetsIn)})`;
    return used >= VERY_HIGH
      ? paint('red', text)
      : used >= HIGH || (pace ?? 0) > 100
        ? paint('yellow', text)
        : text;
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
  return savedAgo === undefined ? '' : paint('dim', `saved ${spanOf(savedAgo)} ago`);
}

function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
