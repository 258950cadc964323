import type { CommandContext } from '../../../lib/cli/command-context.ts';
import { createPaint } from '../../../lib/cli/text/paint.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';

/** What a program needs to describe its commands; nothing is printed and nothing is there. */
export function silentContext(): CommandContext {
  const write = (): void => undefined;
  return {
    environment: {},
    stdout: { write },
    stderr: { write },
    cwd: '/',
    clock: () => 0,
    folder: () => stateFolderAt('/nowhere', {}),
    actionContext: () => ({
      environment: {},
      clock: () => 0,
      folder: stateFolderAt('/nowhere', {}),
    }),
    paint: createPaint(false),
    hasColour: false,
    ownCommand: () => 'waymark',
    runnable: (text) => text,
    printJson: () => undefined,
    print: write,
    printText: write,
    width: undefined,
    printTable: () => undefined,
    warn: write,
    exitWith: () => undefined,
  };
}
