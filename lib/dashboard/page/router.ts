import { createStore, type Store } from './store.ts';

/** Where the page is: all of its state that a shared link must bring back. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a page is given. */
export interface PageParts {
  /** What `:id` of the path is; empty where there is none. */
  readonly id: string;
}

/** The place in the address bar. */
export const place: Store<Place> = createStore(placeNow());

function placeNow(): Place {
  const { pathname, search } = window.location;
  return { path: pathname, query: new URLSearchParams(search) };
}

/** Whether the search of the next page is to have the focus. */
export const isSearchWanted: Store<boolean> = createStore(false);

/** Leads to another place. `replace` leaves no step for the back button. */
export function go(url: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', url);
  else window.history.replaceState(null, '', url);
  place.set(placeNow());
}

/** Changes parameters of the query; an empty text removes one. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const { path, query } = place.get();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes))
    if (value === '') next.delete(name);
    else next.set(name, value);
  const text = next.toString();
  go(text === '' ? path : `${path}?${text}`, 'replace');
}

/** Follows the back button, and links to our own pages without loading them. */
export function startRouter(): void {
  window.addEventListener('popstate', () => place.set(placeNow()));
  document.addEventListener('click', (event) => {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!isPlain || link === null || link.origin !== window.location.origin) return;
    if (link.target !== '' || link.hasAttribute('download')) return;
    if (link.hash !== '' && link.pathname === window.location.pathname) return; // a place on it
    event.preventDefault();
    go(`${link.pathname}${link.search}${link.hash}`);
  });
}
