import type { KnownHandler } from './known-handler.ts';

/** Of two handlers with one name, the second is refused. */
export function refuseNamesakes(handlers: readonly KnownHandler[]): readonly KnownHandler[] {
  const paths = new Map<string, string>();
  return handlers.map((handler) => {
    const { name, kind, path } = handler;
    const other = paths.get(name);
    paths.set(name, other ?? path);
    return other === undefined
      ? handler
      : { name, kind, path, state: 'refused', reason: `${other} has a handler of the same name` };
  });
}
