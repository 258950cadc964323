import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One run of a program. */
export interface TimedRun {
  readonly wallMs: number;
  /** User and system time of the program and its children. */
  readonly cpuMs: number;
}

export interface TimedProgram {
  /** None: the child ends at once. */
  readonly command: readonly string[];
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file with what it gets on standard input. */
  readonly payload: string;
}

export interface ProcessTimer {
  /** Runs a program to its end. @throws when it does not end with status 0. */
  time(program: TimedProgram): Promise<TimedRun>;
  close(): Promise<void>;
}

/**
 * Starts the timer, a small process of its own: a fork of this one would cost more than what is
 * measured.
 */
export function openProcessTimer(): ProcessTimer {
  const child = spawn('perl', [`${import.meta.dirname}/timer.pl`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('exit', () => resolve());
  });
  exited.catch(() => undefined); // told by the order that gets no answer
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async time({ command, environment, payload }) {
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      child.stdin.write(`${[payload, ...variables, '--', ...command].join('\t')}\n`);
      const answer = await answers.next();
      const [wallUs, cpuUs, status] = String(answer.value).split(' ').map(Number);
      if (wallUs === undefined || cpuUs === undefined || status !== 0)
        throw new Error(`Cannot time ${command.join(' ')}: status ${status ?? 'unknown'}`);
      return { wallMs: wallUs / 1000, cpuMs: cpuUs / 1000 };
    },
    close() {
      child.stdin.end();
      return exited;
    },
  };
}
