import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import type { Feature } from '../lib/hook/manifest.ts';
import type { WorkerMode } from './worker-mode.ts';

/** What the command line says. */
export interface Flags {
  readonly yes: boolean;
  readonly scope?: Scope;
  readonly features?: readonly Feature[];
  readonly worker?: WorkerMode;
  readonly statusLine?: boolean;
  readonly dryRun: boolean;
  readonly uninstall: boolean;
  readonly purge: boolean;
  readonly json: boolean;
  readonly prove: boolean;
  /** `false`: only the launchers, for the plugin. */
  readonly settings: boolean;
}

/** What holds without a flag. */
export const NO_FLAGS: Flags = {
  yes: false,
  dryRun: false,
  uninstall: false,
  purge: false,
  json: false,
  prove: true,
  settings: true,
};

/** @throws {@link WaymarkError} USAGE for flags of which one rules out the other. */
export function requireConsistentFlags(flags: Flags): void {
  const problem = contradictionIn(flags);
  if (problem === undefined) return;
  const command = flags.uninstall ? 'waymark uninstall' : 'waymark install';
  throw new WaymarkError('USAGE', `Cannot run ${command}: ${problem}`);
}

function contradictionIn(flags: Flags): string | undefined {
  if (flags.purge && !flags.uninstall)
    return '--purge deletes what was recorded, so it needs --uninstall';
  if (flags.uninstall && flags.features !== undefined)
    return '--features cannot be used with --uninstall, which removes all of them';
  if (flags.uninstall && flags.statusLine !== undefined)
    return '--status-line cannot be used with --uninstall, which removes it';
  if (!flags.settings && flags.scope !== undefined)
    return '--no-settings changes no settings, so it cannot be used with --scope';
  if (!flags.settings && (flags.features !== undefined || flags.statusLine !== undefined))
    return '--no-settings leaves features to the plugin, which has all of them except the status line';
  if (flags.uninstall && flags.worker !== undefined)
    return '--worker cannot be used with --uninstall';
  return undefined;
}
