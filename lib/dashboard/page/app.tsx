import { Runnable } from './parts/runnable.tsx';
import { useEffect, useRef } from 'preact/hooks';
import { isHelpOpen, KEYS } from './keys.ts';
import { type LiveState, liveState } from './live.ts';
import { findPage, PAGES } from './page-table.ts';
import { Dialog } from './parts/dialog.tsx';
import { Empty } from './parts/states.tsx';
import { isSearchWanted, place } from './router.ts';
import { useStore } from './store.ts';

/** The frame of all pages. */
export function App() {
  const { path } = useStore(place);
  const found = findPage(path);
  const title = found?.row.title ?? 'Not found';
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · waymark`;
    // a screen reader and the keyboard begin anew on a new page, but not on the first
    const search = main.current?.querySelector<HTMLInputElement>('[data-search]');
    if (isSearchWanted.get()) search?.focus();
    else if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isSearchWanted.set(false);
    isFirst.current = false;
    window.scrollTo(0, 0);
  }, [path, title]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Navigation path={path} />
      <main id="main" ref={main} tabIndex={-1} aria-label={title}>
        <LiveNote />
        {found === undefined ? <NoPage path={path} /> : <found.row.page key={path} id={found.id} />}
      </main>
      <Help />
    </>
  );
}

function Navigation({ path }: { readonly path: string }) {
  const isCurrent = (own: string): boolean =>
    own === '/' ? path === '/' : path === own || path.startsWith(`${own}/`);
  const pages = useRef<HTMLElement>(null);
  useEffect(() => {
    // on a phone, the pages are a row that scrolls
    pages.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [path]);
  return (
    <header class="side">
      <a class="name" href="/">
        waymark
      </a>
      <nav aria-label="Pages" ref={pages}>
        {PAGES.filter(({ letter }) => letter !== undefined).map(({ title, path: own, letter }) => (
          <a
            key={own}
            href={own}
            aria-current={isCurrent(own) ? 'page' : undefined}
            title={`g ${letter}`}
          >
            {title}
          </a>
        ))}
      </nav>
      <LiveMark />
      <button type="button" class="quiet keys" onClick={() => isHelpOpen.set(true)}>
        Keys <kbd>?</kbd>
      </button>
    </header>
  );
}

const MARKS: Readonly<Record<LiveState, readonly [tone: string, text: string]>> = {
  connecting: ['plain', 'connecting'],
  live: ['good', 'live'],
  lost: ['bad', 'disconnected'],
  'signed-out': ['bad', 'signed out'],
};

function LiveMark() {
  const [tone, text] = MARKS[useStore(liveState)];
  return (
    <span class={`live ${tone}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}

/** Says that what is shown may be old. */
function LiveNote() {
  const state = useStore(liveState);
  if (state === 'lost')
    return (
      <div class="note warn" role="alert">
        <p>Disconnected: this page may be out of date. Reconnecting…</p>
        <p class="remedy">
          If the dashboard was stopped, start it again: <Runnable text="`waymark dashboard`" />
        </p>
      </div>
    );
  if (state === 'signed-out')
    return (
      <div class="note bad" role="alert">
        <p>This tab is signed out: the dashboard has a new token.</p>
        <p class="remedy">
          Open the address that <Runnable text="`waymark dashboard`" /> prints.
        </p>
      </div>
    );
  return null;
}

function NoPage({ path }: { readonly path: string }) {
  return (
    <>
      <h1>There is no such page</h1>
      <Empty title="No page has this address">
        <p>
          Nothing is at <code>{path}</code>. <a href="/">Go to Now</a>
        </p>
      </Empty>
    </>
  );
}

function Help() {
  if (!useStore(isHelpOpen)) return null;
  return (
    <Dialog title="Keys" onClose={() => isHelpOpen.set(false)}>
      <dl class="keys-list">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split('  ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
