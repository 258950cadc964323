import { writeSync } from 'node:fs';

/** What a hook may tell: a line for the person at the terminal. The model never sees it. */
export interface HookOutput {
  readonly systemMessage: string;
}

/** Prints the one JSON object of this hook. The only place in a hook that writes to standard output. */
export function printOutput(output: HookOutput): void {
  try {
    writeSync(1, `${JSON.stringify(output)}\n`);
  } catch {
    // nobody listens any more
  }
}
