import { isJsonObject, parseJsonObject } from '../../core/json.ts';

/** The plugin's name in `enabledPlugins`, whatever the marketplace is called from which it came. */
const OURS = /^waymark@/;

/**
 * Whether settings say that our plugin is enabled: of several files the later ones win, as in
 * Claude Code.
 * @param texts Of the settings files, weakest first; `undefined` for one that is not there.
 */
export function isPluginEnabled(texts: readonly (string | undefined)[]): boolean {
  const said = texts.flatMap((text) => {
    const plugins = parseJsonObject(text ?? '')?.['enabledPlugins'];
    if (!isJsonObject(plugins)) return [];
    return Object.entries(plugins).flatMap(([name, value]) => (OURS.test(name) ? [value] : []));
  });
  return said.at(-1) === true;
}
