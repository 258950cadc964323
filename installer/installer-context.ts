import type { Clock } from '../lib/core/clock.ts';
import type { StateFolder } from '../lib/core/state-folder.ts';
import type { RunProgram } from './run-program.ts';

/** All that the installer knows of the machine; made once, by the command. */
export interface InstallerContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: string;
  /** Absolute path of the Node that runs now, and its version (`20.19.0`). */
  readonly node: string;
  readonly nodeVersion: string;
  readonly folder: StateFolder;
  /** The package that the installer runs from: its folder with links resolved. */
  readonly origin: { readonly folder: string; readonly version: string };
  /** What a person types here for `waymark`. */
  readonly command: string;
  /** Folders that the system empties, with links resolved. */
  readonly temporaryFolders: readonly string[];
  readonly clock: Clock;
  readonly run: RunProgram;
  /** How often to retry a lock that another program holds, with up to half a second in between. */
  readonly lockRetries: number;
}
