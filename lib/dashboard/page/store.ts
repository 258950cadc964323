import { useEffect, useState } from 'preact/hooks';

/** A value that components show and that changes outside of them. */
export interface Store<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  /** Calls `onChange` after each change, until the returned function is called. */
  readonly listen: (onChange: () => void) => () => void;
}

/** A store that begins with `value`. Setting an equal value calls no listener. */
export function createStore<T>(value: T): Store<T> {
  const listeners = new Set<() => void>();
  let current = value;
  return {
    get: () => current,
    set(next) {
      if (Object.is(next, current)) return;
      current = next;
      for (const tell of [...listeners]) tell();
    },
    listen(onChange) {
      const tell = (): void => onChange();
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
  };
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [seen, setSeen] = useState(() => store.get());
  useEffect(() => {
    const look = (): void => setSeen(() => store.get());
    look(); // it may have changed before the effect ran
    return store.listen(look);
  }, [store]);
  return seen;
}
