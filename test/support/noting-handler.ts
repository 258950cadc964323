import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { groupBy } from '../../lib/core/group-by.ts';
import { readLines, type TestHome } from './test-home.ts';

/**
 * A handler of the user's that notes that it began, does what the test says, and notes that it
 * ended.
 */
export interface NotingHandler {
  readonly path: string;
  begun(): number;
  ended(): number;
}

/** How a handler of a test is called in the store. */
export interface HandlerRow {
  readonly state: unknown;
  readonly attempts: unknown;
}

/**
 * A program for `build.failed`. @param settings Beside the type, as in the comment of a handler.
 */
export function notingProgram(
  home: TestHome,
  name: string,
  body: string,
  settings = 'timeout=30',
): NotingHandler {
  const { path, begun, ended, notes } = place(home, name, '');
  writeFileSync(
    path,
    `#!/bin/sh\n# waymark: on build.failed ${settings}\ncat >/dev/null\necho . >>${begun}\n${body}\necho . >>${ended}\n`,
  );
  chmodSync(path, 0o700);
  return { path, ...notes };
}

/** A module for `build.failed`. @param settings Fields of the handler, each with its comma. */
export function notingModule(
  home: TestHome,
  name: string,
  body: string,
  settings = '',
): NotingHandler {
  const { path, begun, ended, notes } = place(home, name, '.mjs');
  const note = (file: string): string => `appendFileSync(${JSON.stringify(file)}, '.\\n');`;
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { defineHandler } from 'waymark';
export default defineHandler({ on: 'build.failed', ${settings} async handle(event, { attempt, signal }) {
  ${note(begun)}
  ${body}
  ${note(ended)}
} });
`,
  );
  return { path, ...notes };
}

/** Deliveries to handlers of the user's, by their names without `user/`. */
export function deliveriesOf(home: TestHome): Readonly<Record<string, readonly HandlerRow[]>> {
  const rows = home.rows(
    "SELECT subscription, state, attempts FROM deliveries WHERE subscription LIKE 'user/%' ORDER BY subscription, event_id",
  );
  const groups = groupBy(rows, ({ subscription }) => String(subscription).slice('user/'.length));
  return Object.fromEntries(
    [...groups].map(([name, own]) => [
      name,
      own.map(({ state, attempts }) => ({ state, attempts })),
    ]),
  );
}

function place(home: TestHome, name: string, ending: string) {
  const [begun, ended] = [`${home.root}/${name}.begun`, `${home.root}/${name}.ended`];
  mkdirSync(`${home.root}/handlers`, { recursive: true, mode: 0o700 });
  return {
    path: `${home.root}/handlers/${name}${ending}`,
    begun,
    ended,
    notes: { begun: () => readLines(begun).length, ended: () => readLines(ended).length },
  };
}
