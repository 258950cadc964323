import type { Setting } from '../../config/hook-settings.ts';
import { SETTINGS } from '../../config/settings.ts';
import { readValue } from '../../config/read-value.ts';
import { WaymarkError } from '../../core/errors.ts';

/** Settings of the worker that its command line takes, too. */
const WORKER_SETTINGS = [
  'eventLoop',
  'readTimeout',
  'readTimeoutMax',
  'watcherRestarts',
  'heartbeatInterval',
  'pollInterval',
  'idleExit',
  'batchSize',
  'maxAttempts',
  'deliveries',
  'contextInterval',
  'promotionInterval',
  'recoverInterval',
  'logLevel',
] as const;

/** Settings whose flag has another name. */
const FLAG_NAMES: Readonly<Record<string, string>> = { deliveries: 'workers' };

/** Turns settings into flags and back: `idleExit` ↔ `--idle-exit <seconds>`. */
export const settingFlags = {
  list(): ReadonlyArray<{ readonly flag: string; readonly doc: string }> {
    return WORKER_SETTINGS.map((name) => ({
      flag: `--${flagName(name)} <${SETTINGS[name].kind}>`,
      doc: asOption(SETTINGS[name].doc),
    }));
  },

  /**
   * The settings among parsed flags. @throws {@link WaymarkError} USAGE for a value that does not
   * fit.
   */
  read(flags: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const name of WORKER_SETTINGS) {
      const given = flags[FLAG_NAMES[name] ?? name];
      if (given === undefined) continue;
      const setting: Setting = SETTINGS[name];
      const read = readValue(setting, given);
      if (!read.ok)
        throw new WaymarkError(
          'USAGE',
          `Cannot use --${flagName(name)} ${String(given)}: ${read.reason}`,
        );
      found[name] = read.value;
    }
    return found;
  },

  /** Settings as arguments again, for a worker of its own process. */
  write(settings: Readonly<Record<string, unknown>>): readonly string[] {
    return Object.entries(settings).flatMap(([name, value]) => [
      `--${flagName(name)}`,
      String(value),
    ]);
  },
};

/** A sentence in the form of the other descriptions of options. */
function asOption(doc: string): string {
  return `${doc.slice(0, 1).toLowerCase()}${doc.slice(1).replace(/\.$/, '')}`;
}

function flagName(name: string): string {
  return (FLAG_NAMES[name] ?? name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
