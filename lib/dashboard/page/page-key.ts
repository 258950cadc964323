/**
 * The key that the server wants beside the cookie. Browsers send a cookie to every port of a host;
 * the storage of this origin belongs to this port alone.
 */

const NAME = 'waymark-key';

/** For a browser that stores nothing: this tab then works until it is closed. */
let ofThisTab: string | undefined;

/** Stores the key that a sign-in has put behind the `#` of the address, and removes it from there. */
export function takePageKey(): void {
  const [, key] = /^#key=([\w-]{43})$/.exec(window.location.hash) ?? [];
  if (key === undefined) return;
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', `${pathname}${search}`);
  ofThisTab = key;
  try {
    window.localStorage.setItem(NAME, key);
  } catch {
    // Storage is turned off, or full.
  }
}

/** The stored key, which another tab may have replaced; empty before any sign-in. */
export function pageKey(): string {
  try {
    return window.localStorage.getItem(NAME) ?? ofThisTab ?? '';
  } catch {
    return ofThisTab ?? '';
  }
}
