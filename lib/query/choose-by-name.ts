import { WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';
import { isNamed, listAcceptedNames } from '../core/subscription-name.ts';

/**
 * Returns the item with this name: the full name, as `user/notify`, or its end, as `notify`. An end
 * that the user's own item shares with a built-in one means the user's own.
 * @param what How such a one is called, as in "a handler".
 * @throws {@link WaymarkError} NOT_FOUND, with the nearest name; USAGE when several bear it.
 */
export function chooseByName<T extends { readonly name: string }>(
  all: readonly T[],
  wanted: string,
  what: string,
): T {
  const matching = all.filter(({ name }) => isNamed(name, wanted));
  const own = matching.filter(({ name }) => name === wanted || !name.startsWith('builtin/'));
  const found = own.length > 0 ? own : matching;
  const chosen = found.find(({ name }) => name === wanted) ?? found[0];
  if (chosen === undefined) {
    const nearest = didYouMean(wanted, listAcceptedNames(all.map(({ name }) => name)));
    throw new WaymarkError('NOT_FOUND', `Cannot find ${what} named ${wanted}${nearest}`, {
      remedy: '`waymark handlers list` and `waymark webhooks list` show them.',
    });
  }
  if (found.length > 1 && chosen.name !== wanted)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose ${what}: ${wanted} may be ${found.map(({ name }) => name).join(' or ')}`,
    );
  return chosen;
}
