import type { JsonObject } from '../../core/json.ts';

/** Says whether a handler in settings.json was put there by us. */
export type OwnEntryTest = (handler: JsonObject) => boolean;

/**
 * Recognises our own entries by the whole path of what they run, and by nothing else:
 * `<bin>/<name>`, or with Node in front `<bin>/<name>.cjs` as the first argument (Windows). A
 * command that only mentions the folder, or a file deeper in it, is not ours.
 * @param bins Absolute `bin` folders of this state folder, as it may be spelt.
 */
export function createOwnEntryTest(
  bins: readonly string[],
  names: readonly string[],
): OwnEntryTest {
  const launchers = new Set(bins.flatMap((bin) => names.map((name) => `${bin}/${name}`)));
  const bundles = new Set(bins.flatMap((bin) => names.map((name) => `${bin}/${name}.cjs`)));
  return (handler) => {
    if (handler['type'] !== 'command') return false;
    const command = handler['command'];
    if (typeof command !== 'string') return false;
    if (launchers.has(command)) return true;
    const first: unknown = Array.isArray(handler['args']) ? handler['args'][0] : undefined;
    return isNode(command) && typeof first === 'string' && bundles.has(first.replaceAll('\\', '/'));
  };
}

function isNode(command: string): boolean {
  return /(^|[\\/])node(\.exe)?$/i.test(command);
}
