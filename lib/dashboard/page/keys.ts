import { PAGES } from './page-table.ts';
import { go, isSearchWanted } from './router.ts';
import { createStore, type Store } from './store.ts';

/** Whether the list of keys is shown. */
export const isHelpOpen: Store<boolean> = createStore(false);

/** How long after `g` the letter of a page may follow. */
const PREFIX_MS = 1_500;

let prefixAt = 0;

/** Lets the whole page be used by keys; see {@link KEYS}. */
export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector('dialog[open]') !== null) return; // Escape closes it
    if (isField(event.target) && !leavesChoice(event)) {
      if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    if (act(event.key)) event.preventDefault();
  });
}

/** The keys that the help lists. */
export const KEYS: ReadonlyArray<readonly [keys: string, what: string]> = [
  ['/', 'search'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'leave a field, close what is open'],
  ...PAGES.flatMap(({ letter, title }) =>
    letter === undefined ? [] : ([[`g  ${letter}`, title]] as const),
  ),
  ['?', 'this list'],
];

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A choice in a row must let `j` and `k` go on to the next one. */
function leavesChoice({ target, key }: KeyboardEvent): boolean {
  return target instanceof HTMLSelectElement && (key === 'j' || key === 'k');
}

/** @returns whether the key meant something. */
function act(key: string): boolean {
  if (Math.abs(Date.now() - prefixAt) < PREFIX_MS) {
    prefixAt = 0;
    const page = PAGES.find(({ letter }) => letter === key);
    if (page !== undefined) go(page.path);
    return page !== undefined;
  }
  switch (key) {
    case 'g':
      prefixAt = Date.now();
      return true;
    case '?':
      isHelpOpen.set(true);
      return true;
    case '/':
      return focusSearch();
    case 'j':
      return focusRow(1);
    case 'k':
      return focusRow(-1);
    default:
      return false;
  }
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main [data-search]');
  if (field === null) {
    isSearchWanted.set(true);
    go('/sessions');
    return true;
  }
  field.focus();
  field.select();
  return true;
}

function focusRow(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.matches(':focus'));
  const next = at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
  return true;
}
