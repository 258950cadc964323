import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeHooks } from '../../../../lib/claude/settings/merge-hooks.ts';
import { parseSettings } from '../../../../lib/claude/settings/parse-settings.ts';
import { removeHooks } from '../../../../lib/claude/settings/remove-hooks.ts';
import { anySettingsText } from './any-settings.ts';
import { ENTRIES, isOurs } from './sample-settings.ts';

const someEntries = fc.subarray([...ENTRIES]);

describe('merging and removing hooks in any settings in any formatting', () => {
  it('returns its own output unchanged when merged again', () => {
    fc.assert(
      fc.property(anySettingsText, someEntries, ({ text }, entries) => {
        const once = mergeHooks(text, entries, isOurs).text;
        expect(mergeHooks(once, entries, isOurs)).toEqual({ text: once, added: 0, removed: 0 });
      }),
    );
  });

  it('has exactly the wanted entries, each once, and everything else as before', () => {
    fc.assert(
      fc.property(
        anySettingsText,
        someEntries,
        someEntries,
        ({ text, value }, earlier, entries) => {
          const merged = mergeHooks(mergeHooks(text, earlier, isOurs).text, entries, isOurs).text;
          const ours = parseSettings(merged).events.flatMap((event) =>
            event.groups.flatMap((group) =>
              group.handlers.filter((handler) => isOurs(handler.value)),
            ),
          );
          expect(ours.map((handler) => handler.value)).toEqual(
            expect.arrayContaining(entries.map((entry) => entry.handler)),
          );
          expect(ours).toHaveLength(entries.length);
          expect(withoutEmpty(JSON.parse(removeHooks(merged, isOurs).text))).toEqual(
            withoutEmpty(value),
          );
        },
      ),
    );
  });

  it('restores every byte when removed, wherever there was a neighbour', () => {
    fc.assert(
      fc.property(anySettingsText, someEntries, ({ text, value }, entries) => {
        fc.pre(hasNeighbours(value));
        expect(removeHooks(mergeHooks(text, entries, isOurs).text, isOurs).text).toBe(text);
      }),
    );
  });
});

/**
 * An event, group or `hooks` key that was empty may go with the entry that filled it; nothing else
 * may.
 */
function withoutEmpty(value: Record<string, unknown>): unknown {
  const hooks = Object.entries(Object(value['hooks'])).filter(
    ([, list]) => Array.isArray(list) && list.length > 0,
  );
  const { hooks: _, ...rest } = value;
  return { ...rest, ...(hooks.length === 0 ? {} : { hooks: Object.fromEntries(hooks) }) };
}

function hasNeighbours(value: Record<string, unknown>): boolean {
  if (!('hooks' in value)) return Object.keys(value).length > 0;
  const lists = Object.values(Object(value['hooks']));
  return lists.length > 0 && lists.every((list) => Array.isArray(list) && list.length > 0);
}
