import { errnoOf, reasonOf, WaymarkError } from '../lib/core/errors.ts';
import { plainJson, terminalText } from '../lib/core/one-line.ts';
import { readCommandLine, type Flags } from './command-line.ts';
import type { Prompts } from './prompts.ts';
import { runSilently } from './silent.ts';
import type { Surroundings } from './surroundings.ts';
import { runWizard } from './wizard.ts';

/** Where the installer talks to. */
export interface Console {
  /** Whether both standard input and standard output are a terminal. */
  readonly isInteractive: boolean;
  /** Whether standard output shows colours. */
  readonly hasColour: boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Loaded only for questions. */
  readonly loadPrompts: () => Promise<Prompts>;
}

/** Runs `install-hooks`. @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled. Throws only for faults of its own. */
export async function runInstaller(
  args: readonly string[],
  version: string,
  surroundings: () => Surroundings,
  given: Console,
): Promise<number> {
  const line = readCommandLine(args, version);
  const console = plainConsole(given);
  if ('exitCode' in line) {
    console.out(line.stdout);
    console.err(line.stderr);
    return line.exitCode;
  }
  try {
    return await act(line.flags, surroundings(), console);
  } catch (error) {
    return report(asExpected(error), line.flags, console);
  }
}

/** Paths and messages may hold anything: nothing but letters and our colours reaches the terminal. */
function plainConsole(console: Console): Console {
  const clean = (text: string): string => terminalText(text, console.hasColour);
  return {
    ...console,
    out: (text) => console.out(clean(text)),
    err: (text) => console.err(clean(text)),
    loadPrompts: async () => plainPrompts(await console.loadPrompts(), clean),
  };
}

function plainPrompts(prompts: Prompts, clean: (text: string) => string): Prompts {
  return {
    ...prompts,
    say: (line) => prompts.say(clean(line)),
    warn: (line) => prompts.warn(clean(line)),
    show: (title, text) => prompts.show(clean(title), clean(text)),
    chooseScope: (question, initial) => prompts.chooseScope(clean(question), initial),
    confirm: (question, initial) => prompts.confirm(clean(question), initial),
    during: (text, work) => prompts.during(clean(text), work),
    end: (line) => prompts.end(clean(line)),
  };
}

async function act(flags: Flags, around: Surroundings, console: Console): Promise<number> {
  const colour = console.hasColour && flags.color;
  if (flags.yes || flags.dryRun) {
    const { exitCode, result, lines } = await runSilently(flags, around, colour);
    console.out(flags.json ? plainJson(`${JSON.stringify(result)}\n`) : `${lines.join('\n')}\n`);
    return exitCode;
  }
  if (flags.json || !console.isInteractive) {
    const cause = flags.json ? '--json leaves no room for questions' : 'this is not a terminal';
    throw new WaymarkError('USAGE', `Cannot ask what to do: ${cause}`, {
      remedy:
        'Say it with flags: `npx install-hooks --yes --scope user` (--features, --worker, --uninstall; --dry-run shows the change, --help all flags).',
    });
  }
  return runWizard(flags, around, await console.loadPrompts(), colour);
}

/** A failed system call is an expected fault; anything else that is not ours is a bug and stays what it is. */
function asExpected(error: unknown): WaymarkError {
  if (error instanceof WaymarkError) return error;
  if (errnoOf(error) === '') throw error;
  return new WaymarkError('INSTALL_FAILED', `Cannot finish the installation: ${reasonOf(error)}`, {
    cause: error,
    remedy: 'Fix the cause and run install-hooks again; it continues from any state.',
  });
}

function report(
  { code, message, remedy }: WaymarkError,
  { json }: Flags,
  console: Console,
): number {
  if (json) console.out(plainJson(`${JSON.stringify({ error: { code, message, remedy } })}\n`));
  else console.err(`${message}\n${remedy}\n`);
  if (code === 'INSTALL_CANCELLED') return 130;
  return code === 'USAGE' ? 2 : 1;
}
