import { type ModelWindows, parseModelWindows } from '../../claude/model-windows.ts';
import { resolveConfig } from '../../config/resolve.ts';
import type { CommandContext } from '../command-context.ts';

/** The context windows that the user has set, as the worker reads them. */
export function configuredWindows({ environment, folder }: CommandContext): ModelWindows {
  return parseModelWindows(
    resolveConfig({ environment, userFile: folder().configFile }).values.modelWindows,
  );
}
