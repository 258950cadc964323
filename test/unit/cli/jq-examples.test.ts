import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../../../lib/core/json.ts';
import { createDescribedProgram, helpPages } from '../../../lib/cli/help-pages.ts';
import { loadCommand } from '../../../lib/cli/load-command.ts';
import { preparedStore, SESSION, START } from './prepared-store.ts';
import { runCommand } from './run-command.ts';

/** A command whose JSON `jq` takes a field of, or of each element of a list. */
const EXAMPLE =
  /^(?:\$ )?waymark (.+?) \| jq (?:-r )?'?(map\()?\.((?:\w+\.)*\w+)\)?(?: \| \w+)?'?(?: {2,}.*)?$/;

interface Example {
  readonly line: string;
  readonly args: readonly string[];
  readonly isList: boolean;
  readonly path: readonly string[];
}

const HELP = Object.values(helpPages(await createDescribedProgram(loadCommand))).flatMap((page) =>
  page.text.split('\n'),
);
const PAGES = readdirSync('docs').flatMap((name) =>
  name.endsWith('.md') ? readFileSync(`docs/${name}`, 'utf8').split('\n') : [],
);
const EXAMPLES = [...new Set([...HELP, ...PAGES].map((line) => line.trim()))].flatMap(readExample);

describe('an example with jq', () => {
  it('is found in help and in pages', () => {
    expect(EXAMPLES.map(({ line }) => line)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('waymark cost --json'),
        expect.stringContaining('waymark status --json'),
      ]),
    );
  });

  it.each(EXAMPLES)('takes a field that is there: $line', async ({ args, isList, path }) => {
    const folder = preparedStore();
    const environment = { CLAUDE_CONFIG_DIR: `${folder.root}/none`, HOME: folder.root };
    const setting = { environment, now: START + 60_000, cwd: '/work/shop' };
    const { out } = await runCommand(folder, args, setting);
    const values = readValues(out);
    const asked = isList ? values.flat() : values.slice(0, 1);
    expect(isList || !Array.isArray(values[0]), 'one object').toBe(true);
    for (const value of asked) expect(fieldOf(value, path)).not.toBeUndefined();
  });
});

function readExample(line: string): readonly Example[] {
  const [, command, list, path] = EXAMPLE.exec(line) ?? [];
  if (command === undefined || path === undefined) return [];
  const args = command.replace(/\blast\b/, SESSION).split(' ');
  return [{ line, args, isList: list !== undefined, path: path.split('.') }];
}

/** One JSON value, or one a line. */
function readValues(text: string): readonly unknown[] {
  if (/^[[{]$/m.test(text)) return [JSON.parse(text)];
  return text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

function fieldOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isJsonObject(at) ? at[name] : undefined), value);
}
