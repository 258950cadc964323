import { useEffect, useState } from 'preact/hooks';
import { createStore } from './store.ts';

/** Seconds since the epoch, while the tab is visible. */
const seconds = createStore(Math.floor(Date.now() / 1000));

/** Lets relative times tick. */
export function startTicker(): void {
  const tick = (): void => {
    if (document.visibilityState === 'visible') seconds.set(Math.floor(Date.now() / 1000));
  };
  setInterval(tick, 1_000);
  document.addEventListener('visibilitychange', tick);
}

/** What `read` makes of the time; the component is drawn again only when that changes. */
export function useTicking<T>(read: (now: number) => T): T {
  const [seen, setSeen] = useState(() => read(Date.now()));
  useEffect(() => {
    const look = (): void => setSeen(() => read(Date.now()));
    look();
    return seconds.listen(look);
  }, [read]);
  return seen;
}
