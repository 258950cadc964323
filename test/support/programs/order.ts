/** What a test asks of a worker process. */
export interface WorkerOrder {
  readonly home: string;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly once?: boolean;
  readonly shared?: boolean;
  readonly background?: boolean;
  /** Kills itself between the commit and the acknowledgement of this batch, counted from 1. */
  readonly dieAtCommit?: number;
  /** Kills or stops itself whenever it reads an entry with the word POISON. */
  readonly poison?: 'SIGKILL' | 'SIGSTOP';
  /** Kills itself when it delivers to the program at this path. */
  readonly diesAroundHandler?: {
    readonly path: string;
    readonly moment: 'before its start' | 'after its end';
  };
}

/** What a test asks of a producer process. */
export interface ProducerOrder {
  readonly home: string;
  /** How many entries must be acknowledged, those of earlier lives included. */
  readonly count: number;
  /** One id a line, written when enqueueing has returned. */
  readonly ackFile: string;
  readonly sessionId: string;
  /** Longest pause between two entries, in milliseconds. */
  readonly gapMs: number;
}

/** The order that this process was started with. */
export function readOrder<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}');
}
