import { oneLine } from '../../core/one-line.ts';
import type { Paint } from './paint.ts';
import { alignColumns, type Column } from './table.ts';

/** A line that can be chosen. */
export interface PickItem {
  readonly id: string;
  readonly cells: readonly string[];
  /** What is typed is looked for in this. */
  readonly text: string;
}

/** Position in a list that filters while the user types. */
export interface PickState {
  readonly typed: string;
  /** The place of the chosen line among those that fit. */
  readonly at: number;
}

/** A key, as `node:readline` names it. */
export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly sequence?: string | undefined;
}

export type PickStep = PickState | 'chosen' | 'left';

/** The items that have every word that was typed; those that were found by a search stay. */
export function filterItems(
  items: readonly PickItem[],
  typed: string,
  found: ReadonlySet<string> = new Set(),
): readonly PickItem[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return items.filter(
    ({ id, text }) => found.has(id) || words.every((word) => text.toLowerCase().includes(word)),
  );
}

/** What a key does. @param count How many lines fit. */
export function applyKey(state: PickState, key: Key, count: number): PickStep {
  const { name = '', ctrl = false, meta = false, sequence = '' } = key;
  const move = (by: number): PickState => ({
    ...state,
    at: Math.max(0, Math.min(count - 1, state.at + by)),
  });
  if (name === 'escape' || (ctrl && (name === 'c' || name === 'd'))) return 'left';
  if (name === 'return' || name === 'enter') return count > 0 ? 'chosen' : state;
  if (name === 'up' || (ctrl && name === 'p')) return move(-1);
  if (name === 'down' || (ctrl && name === 'n')) return move(1);
  if (name === 'pageup') return move(-10);
  if (name === 'pagedown') return move(10);
  if (name === 'backspace') return { typed: [...state.typed].slice(0, -1).join(''), at: 0 };
  if (ctrl && name === 'u') return { typed: '', at: 0 };
  if (ctrl || meta || sequence === '' || /[\u0000-\u001f\u007f]/.test(sequence)) return state;
  const letters = oneLine(`x${sequence}x`).slice(1, -1);
  return letters === '' ? state : { typed: `${state.typed}${letters}`, at: 0 };
}

export interface PickView {
  readonly columns: readonly Column[];
  readonly paint: Paint;
  readonly width: number;
  /** Lines of the terminal. */
  readonly height: number;
}

/**
 * The list as lines: what was typed, the lines that fit around the chosen one, and what the keys
 * do.
 */
export function pickLines(
  items: readonly PickItem[],
  { typed, at }: PickState,
  { columns, paint, width, height }: PickView,
): readonly string[] {
  const room = Math.max(1, Math.min(15, height - 4));
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), items.length - room));
  const shown = items.slice(first, first + room);
  const lines = alignColumns(
    shown.map(({ cells }) => cells),
    { columns, width: width - 2 },
  );
  const help = `${items.length} of the sessions  ↑↓ choose  Enter open  Esc leave`;
  return [
    `> ${oneLine(typed)}`,
    ...lines.map((line, place) =>
      first + place === at ? `${paint.cyan('›')} ${line}` : `  ${line}`,
    ),
    ...(items.length === 0 ? ['  Nothing matches.'] : []),
    paint.dim(alignColumns([[help]], { width })[0] ?? ''),
  ];
}
