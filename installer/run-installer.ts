import { errnoOf, reasonOf, WaymarkError } from '../lib/core/errors.ts';
import { plainJson, terminalText } from '../lib/core/one-line.ts';
import type { Flags } from './flags.ts';
import type { Prompts } from './prompts.ts';
import { runSilently } from './silent.ts';
import type { InstallerContext } from './installer-context.ts';
import { runWizard } from './wizard.ts';

/** Where the installer talks to. */
export interface Console {
  /** Whether both standard input and standard output are a terminal. */
  readonly isInteractive: boolean;
  /** Why it cannot, where it is no terminal that shows questions. */
  readonly noQuestions?: string;
  /** Whether standard output shows colours. */
  readonly hasColour: boolean;
  readonly out: (text: string) => void;
  /** Breaks text between words, so that it fits beside the line that the prompts draw. */
  readonly wrap: (text: string) => string;
  /** Loaded only for questions. */
  readonly loadPrompts: () => Promise<Prompts>;
}

/**
 * Does what the flags say, asking for the rest where there is a terminal.
 * @returns the exit status: 0 done, 1 a proof failed.
 * @throws {@link WaymarkError} for what is expected to go wrong, INSTALL_CANCELLED among it;
 * anything else is a fault of its own.
 */
export async function runInstaller(
  flags: Flags,
  context: InstallerContext,
  given: Console,
): Promise<number> {
  try {
    return await act(flags, context, plainConsole(given));
  } catch (error) {
    throw asExpected(error);
  }
}

/**
 * Paths and messages may hold anything: nothing but letters and our colours reaches the terminal.
 */
function plainConsole(console: Console): Console {
  const clean = (text: string): string => terminalText(text, console.hasColour);
  return {
    ...console,
    out: (text) => console.out(clean(text)),
    loadPrompts: async () => plainPrompts(await console.loadPrompts(), clean, console.wrap),
  };
}

function plainPrompts(
  prompts: Prompts,
  clean: (text: string) => string,
  wrap: (text: string) => string,
): Prompts {
  const line = (text: string): string => wrap(clean(text));
  return {
    ...prompts,
    say: (text) => prompts.say(line(text)),
    warn: (text) => prompts.warn(line(text)),
    show: (text) => prompts.show(clean(text)),
    decide: (question) => prompts.decide(clean(question)),
    chooseScope: (question, initial) => prompts.chooseScope(clean(question), initial),
    confirm: (question, initial) => prompts.confirm(clean(question), initial),
    during: (text, work) => prompts.during(clean(text), work),
    end: (text) => prompts.end(clean(text)),
  };
}

async function act(flags: Flags, context: InstallerContext, console: Console): Promise<number> {
  if (flags.yes || flags.dryRun || !flags.settings) {
    const { exitCode, result, lines } = await runSilently(flags, context, console.hasColour);
    console.out(flags.json ? plainJson(`${JSON.stringify(result)}\n`) : `${lines.join('\n')}\n`);
    return exitCode;
  }
  if (flags.json || !console.isInteractive) {
    const cause = flags.json
      ? '--json does not ask questions'
      : (console.noQuestions ?? 'this is not a terminal');
    const command = flags.uninstall ? 'waymark uninstall' : 'waymark install';
    throw new WaymarkError('USAGE', `Cannot ask what to do: ${cause}`, {
      remedy: `Run \`${command} --yes\`, or \`${command} --dry-run\` to see the change first.`,
    });
  }
  return runWizard(flags, context, await console.loadPrompts(), console.hasColour);
}

/**
 * A failed system call is an expected fault; anything else that is not ours is a bug and stays what
 * it is.
 */
function asExpected(error: unknown): unknown {
  if (error instanceof WaymarkError || errnoOf(error) === '') return error;
  return new WaymarkError('INSTALL_FAILED', `Cannot finish the installation: ${reasonOf(error)}`, {
    cause: error,
    remedy: 'Fix the cause and run `waymark install` again; it continues from any state.',
  });
}
