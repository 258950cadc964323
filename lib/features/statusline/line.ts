/** What the status line shows; a part that is not known is left out. */
export interface Glance {
  /** How full the context is, 0 to 100. */
  readonly percent: number | undefined;
  /** What the session has cost so far, in dollars. */
  readonly cost: number | undefined;
  /** Entries that wait. */
  readonly queued: number;
  readonly isWorkerAlive: boolean;
  /** Milliseconds since the last checkpoint. */
  readonly savedAgo: number | undefined;
}

/** From here on more waits than a worker takes in a second. */
const MANY = 1_000;

const CELLS = 10;
const HIGH = 70;
const VERY_HIGH = 85;

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2 } as const;
type Paint = (colour: keyof typeof COLOURS, text: string) => string;

/** One line: context bar, cost, queue, worker, age of the last checkpoint. */
export function statusLine(glance: Glance, useColour: boolean): string {
  const paint: Paint = (colour, text) =>
    useColour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  const parts = [
    contextPart(glance, paint),
    costPart(glance),
    queuePart(glance, paint),
    workerPart(glance, paint),
    savedPart(glance, paint),
  ];
  return parts.filter((part) => part !== '').join(paint('dim', ' · '));
}

function contextPart({ percent }: Glance, paint: Paint): string {
  if (percent === undefined) return '';
  const filled = Math.min(CELLS, Math.max(0, Math.round((percent / 100) * CELLS)));
  const colour = percent >= VERY_HIGH ? 'red' : percent >= HIGH ? 'yellow' : 'green';
  return `${paint(colour, '█'.repeat(filled))}${paint('dim', '░'.repeat(CELLS - filled))} ${paint(colour, `${Math.round(percent)}%`)}`;
}

function costPart({ cost }: Glance): string {
  return cost === undefined ? '' : `$${cost.toFixed(2)}`;
}

function queuePart({ queued }: Glance, paint: Paint): string {
  const text = `queue ${queued}`;
  return queued >= MANY ? paint('yellow', text) : queued === 0 ? paint('dim', text) : text;
}

/** A worker that is not there while nothing waits may simply have ended for lack of work. */
function workerPart({ isWorkerAlive, queued }: Glance, paint: Paint): string {
  if (isWorkerAlive) return `worker ${paint('green', '●')}`;
  return queued === 0 ? paint('dim', 'worker ○') : paint('red', 'no worker');
}

function savedPart({ savedAgo }: Glance, paint: Paint): string {
  return savedAgo === undefined ? '' : paint('dim', `saved ${ageOf(savedAgo)} ago`);
}

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
