import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import {
  filterItems,
  type PickItem,
  pickLines,
  type PickState,
  applyKey,
} from '../../../../lib/cli/text/pick-list.ts';

const item = (id: string, text: string): PickItem => ({ id, text, cells: [id, text] });
const ITEMS = [item('a1', 'Fix the total'), item('b2', 'Write docs'), item('c3', 'Total again')];
const START: PickState = { typed: '', at: 0 };

function typed(letters: string): PickState {
  let state = START;
  for (const sequence of letters) {
    const step = applyKey(state, { name: sequence, sequence }, ITEMS.length);
    if (typeof step === 'string') throw new Error(step);
    state = step;
  }
  return state;
}

describe('a pick list', () => {
  it('filters by every word that is typed, and keeps what a search found', () => {
    const ids = (text: string, found?: ReadonlySet<string>) =>
      filterItems(ITEMS, text, found).map(({ id }) => id);
    expect(ids('')).toEqual(['a1', 'b2', 'c3']);
    expect(ids('total')).toEqual(['a1', 'c3']);
    expect(ids('the tot')).toEqual(['a1']);
    expect(ids('nowhere', new Set(['b2']))).toEqual(['b2']);
  });

  it('takes letters, deletes them, and moves within the list', () => {
    expect(typed('to').typed).toBe('to');
    expect(applyKey(typed('to'), { name: 'backspace', sequence: '\x7f' }, 2)).toEqual({
      typed: 't',
      at: 0,
    });
    expect(applyKey(typed('to'), { name: 'u', ctrl: true, sequence: '\x15' }, 2)).toEqual(START);
    expect(applyKey(START, { name: 'down', sequence: '\x1b[B' }, 2)).toEqual({ typed: '', at: 1 });
    expect(applyKey({ typed: '', at: 1 }, { name: 'down', sequence: '\x1b[B' }, 2)).toEqual({
      typed: '',
      at: 1,
    });
    expect(applyKey(START, { name: 'up', sequence: '\x1b[A' }, 2)).toEqual(START);
  });

  it('ends by Enter on a line, and by Escape or Ctrl+C', () => {
    expect(applyKey(START, { name: 'return', sequence: '\r' }, 2)).toBe('chosen');
    expect(applyKey(START, { name: 'return', sequence: '\r' }, 0)).toEqual(START);
    expect(applyKey(START, { name: 'escape', sequence: '\x1b' }, 2)).toBe('left');
    expect(applyKey(START, { name: 'c', ctrl: true, sequence: '\x03' }, 2)).toBe('left');
  });

  it('takes no control character for a letter', () => {
    expect(applyKey(START, { sequence: '\x1b[200~' }, 2)).toEqual(START);
    expect(applyKey(START, { sequence: '\u202e' }, 2)).toEqual(START);
  });

  it('fits the terminal, with the chosen line in sight', () => {
    const many = Array.from({ length: 100 }, (_, n) => item(`s${n}`, 'x'.repeat(200)));
    const lines = pickLines(
      many,
      { typed: 'x', at: 60 },
      {
        columns: [{}, { least: 8 }],
        paint: createPaint(false),
        width: 40,
        height: 12,
      },
    );
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.filter((line) => line.startsWith('› s60'))).toHaveLength(1);
  });

  it('says so where nothing fits', () => {
    const view = { columns: [], paint: createPaint(false), width: 80, height: 24 };
    expect(pickLines([], { typed: 'zz', at: 0 }, view)).toContain('  Nothing matches.');
  });
});
