import { WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { isNamed, namesFor } from '../core/subscription-name.ts';

/**
 * The one that bears this name: the whole of it, as `user/notify`, or the end of it, as `notify`.
 * @param what How such a one is called, as in "a handler".
 * @throws {@link WaymarkError} NOT_FOUND, with the nearest name; USAGE when several bear it.
 */
export function chooseByName<T extends { readonly name: string }>(
  all: readonly T[],
  wanted: string,
  what: string,
): T {
  const found = all.filter(({ name }) => isNamed(name, wanted));
  const chosen = found.find(({ name }) => name === wanted) ?? found[0];
  if (chosen === undefined) {
    const nearest = didYouMean(wanted, namesFor(all.map(({ name }) => name)));
    throw new WaymarkError('NOT_FOUND', `Cannot find ${what} called ${wanted}${nearest}`, {
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
