import type { Argument, Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS, helpText } from '../../lib/cli/command-table.ts';
import { loadCommand } from '../../lib/cli/load-command.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import { silentContext } from '../unit/cli/silent-context.ts';

/**
 * Commands that neither read nor change what was recorded, or whose output has a form of its own.
 */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  mcp: 'it speaks JSON-RPC',
  statusline: 'prints a status line',
  completion: 'prints a script',
  'failures export': 'prints JSON as it is',
};

interface Case {
  readonly path: string;
  readonly command: Command;
}

const program = await createProgram(silentContext(), COMMANDS, loadCommand);
const CASES = program.commands.flatMap((command) => casesOf(command, ''));
const GROUPS = CASES.filter(({ command }) => command.commands.length > 0);
const OPTIONS = CASES.flatMap(({ path, command }) =>
  command.options.filter(({ hidden }) => !hidden).map((option) => ({ path, command, option })),
);

describe('every command', () => {
  it.each(CASES)('refuses an unknown option: $path', async ({ path, command }) => {
    const args = [...path.split(' '), ...argumentsOf(command), '--qqqqqqqq'];
    expectRefused(await run(args), /unknown option '--qqqqqqqq'$/);
  });

  it.each(CASES.filter(({ command }) => !takesAll(command)))(
    'refuses a word too many: $path',
    async ({ path, command }) => {
      const args = [...path.split(' '), ...argumentsOf(command), 'qqqqqqqq'];
      expectRefused(
        await run(args),
        /unknown command '(?:x|qqqqqqqq)'|unexpected argument 'qqqqqqqq'/,
      );
    },
  );

  it.each(CASES.filter(({ command }) => command.registeredArguments.some((one) => one.required)))(
    'asks for an argument that is missing: $path',
    async ({ path }) => {
      expectRefused(await run(path.split(' ')), /missing required argument '/);
    },
  );

  it.each(CASES.filter(({ command }) => isWork(command)))(
    'prints JSON, or says why not: $path',
    ({ path, command }) => {
      const hasJson = command.options.some(({ long }) => long === '--json');
      expect(hasJson).toBe(!(path in WITHOUT_JSON));
    },
  );

  it.each(CASES)('describes itself, its options and its arguments: $path', ({ command }) => {
    const shown = command.options.filter(({ hidden }) => !hidden);
    const parts = [...shown, ...command.registeredArguments].map(({ description }) => description);
    expect([command.description(), ...parts]).not.toContain('');
  });
});

describe('every option', () => {
  it.each(OPTIONS)('is suggested when it is mistyped: $path $option.long', async (one) => {
    const long = one.option.long ?? '';
    const wrong = `${long.slice(0, 3)}q${long.slice(3)}`;
    const args = [...one.path.split(' '), ...argumentsOf(one.command), wrong];
    expectRefused(await run(args), /; did you mean --[\w-]+\?$/);
  });

  it.each(OPTIONS.filter(({ option }) => option.required))(
    'asks for a value that is missing: $path $option.long',
    async ({ path, command, option }) => {
      const args = [...path.split(' '), ...argumentsOf(command), option.long ?? ''];
      expectRefused(await run(args), /^Cannot run .* needs a value$/);
    },
  );

  it.each(OPTIONS.filter(({ option }) => option.argChoices !== undefined))(
    'refuses a value that is not one of its own: $path $option.long',
    async ({ path, command, option }) => {
      const near = `${option.argChoices?.[0]}q`;
      const args = [...path.split(' '), ...argumentsOf(command), option.long ?? '', near];
      const message = new RegExp(`^Cannot use ${option.long} ${near}: .*; did you mean `);
      expectRefused(await run(args), message);
    },
  );
});

describe('every group', () => {
  it.each(GROUPS)('suggests the command that is meant: $path', async ({ path, command }) => {
    for (const { name } of command.commands.map((sub) => ({ name: sub.name() }))) {
      const wrong = `${name.slice(0, 2)}q${name.slice(2)}`;
      const takesNames = command.registeredArguments.length > 0; // shows its own help then
      for (const args of [[wrong], ...(takesNames ? [] : [[wrong, '--help']])])
        expectRefused(
          await run([path, ...args]),
          new RegExp(`^Cannot .*\\b${wrong}\\b.*; did you mean `),
        );
    }
  });

  /** What a group does without a command; `worker` runs one. */
  const DEFAULTS = GROUPS.filter(({ path }) => path !== 'worker').map(({ path }) => ({
    path,
    word: ['service', 'fleet', 'store'].includes(path) ? 'status' : 'list',
  }));

  it.each(DEFAULTS)(
    'shows what there is without a command, with the options of $word: $path',
    async ({ path, word }) => {
      for (const args of [[], ['--json']]) {
        const folder = stateFolderAt(`${tempFolder()}/state`, {});
        const listed = await runCommand(folder, [path, word, ...args]);
        expect(listed).toMatchObject({ status: 0, err: '' });
        expect(await runCommand(folder, [path, ...args])).toEqual(listed);
      }
    },
  );

  it.each(DEFAULTS)(
    'names the command that got a word too many: $path $word',
    async ({ path, word }) => {
      const message = new RegExp(`^Cannot run waymark ${path} ${word}: unexpected argument 'more'`);
      expectRefused(await run([path, word, 'more']), message);
    },
  );
});

describe('waymark', () => {
  it.each(COMMANDS)('suggests $name when it is mistyped', async ({ name }) => {
    const wrong = `${name.slice(0, 2)}q${name.slice(2)}`;
    for (const args of [[wrong], [wrong, '--help'], ['help', wrong]])
      expectRefused(await run(args), new RegExp(`unknown command '${wrong}'; did you mean `));
  });

  it.each([['version'], ['-v'], ['-V'], ['--version'], ['--no-color', '--no-pager', '-v']])(
    'prints the version alone for %s',
    async (...args) => {
      expect(await run(args)).toEqual(await run(['--version']));
    },
  );

  it('has a help that fits 80 columns', () => {
    expect(
      helpText()
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });
});

function casesOf(command: Command, above: string): readonly Case[] {
  const path = `${above} ${command.name()}`.trim();
  return [{ path, command }, ...command.commands.flatMap((sub) => casesOf(sub, path))];
}

/** Whether it does something of its own. */
function isWork(command: Command): boolean {
  return command.commands.length === 0 || ['worker', 'config'].includes(command.name());
}

function takesAll(command: Command): boolean {
  return command.registeredArguments.at(-1)?.variadic === true;
}

/** Values that its arguments take. */
function argumentsOf(command: Command): readonly string[] {
  if (takesAll(command)) return [];
  return command.registeredArguments.map(({ argChoices }: Argument) => argChoices?.[0] ?? 'x');
}

function run(args: readonly string[]) {
  return runCommand(stateFolderAt(`${tempFolder()}/state`, {}), args);
}

/**
 * Wrong usage: nothing on standard output, one line that says what is wrong, and one that helps.
 */
function expectRefused(
  { status, out, err }: Awaited<ReturnType<typeof runCommand>>,
  message: RegExp,
): void {
  const [problem = '', remedy = '', ...more] = err.split('\n');
  expect({ status, out, more }).toEqual({ status: 2, out: '', more: [''] });
  expect(problem).toMatch(message);
  expect(remedy).toMatch(/`waymark [^`]*`/);
}
