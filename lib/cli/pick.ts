import type { CommandContext } from './command-context.ts';
import { terminalText } from '../core/one-line.ts';
import {
  filterItems,
  type Key,
  type PickItem,
  pickLines,
  type PickState,
  applyKey,
} from './text/pick-list.ts';
import type { Column } from './text/table.ts';

export interface PickOptions {
  readonly items: readonly PickItem[];
  readonly columns: readonly Column[];
  /** Finds more than the lines show. */
  readonly search: (typed: string) => Promise<ReadonlySet<string>>;
}

/** Fewest letters that are searched for. */
const SEARCHED = 3;

/** Lets a person choose a line on the terminal. @returns its id, or `undefined` when they left. */
export async function pick(
  context: Pick<CommandContext, 'stdout' | 'paint' | 'hasColour'>,
  { items, columns, search }: PickOptions,
): Promise<string | undefined> {
  const { emitKeypressEvents } = await import('node:readline');
  const { stdin } = process;
  const { stdout, paint, hasColour } = context;
  let state: PickState = { typed: '', at: 0 };
  let found: ReadonlySet<string> = new Set();
  let drawn = 0;
  const fits = (): readonly PickItem[] => filterItems(items, state.typed, found);
  const erase = (): string => (drawn === 0 ? '' : `\r\u001b[${drawn}A\u001b[J`);
  const draw = (): void => {
    const view = { columns, paint, width: stdout.columns || 80, height: stdout.rows || 24 };
    const lines = pickLines(fits(), state, view);
    stdout.write(`${erase()}${lines.map((line) => `${terminalText(line, hasColour)}\n`).join('')}`);
    drawn = lines.length;
  };
  const look = async (typed: string): Promise<void> => {
    const next = typed.trim().length < SEARCHED ? new Set<string>() : await search(typed);
    if (typed !== state.typed) return; // more was typed meanwhile
    found = next;
    draw();
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode?.(true);
  try {
    draw();
    return await new Promise<string | undefined>((resolve, reject) => {
      const onKey = (_text: string | undefined, key: Key): void => {
        const step = applyKey(state, key, fits().length);
        if (step === 'left' || step === 'chosen') {
          stdin.off('keypress', onKey);
          resolve(step === 'left' ? undefined : fits()[state.at]?.id);
          return;
        }
        const isTyped = step.typed !== state.typed;
        state = step;
        if (isTyped) found = new Set();
        draw();
        if (isTyped) look(step.typed).catch(reject);
      };
      stdin.on('keypress', onKey);
      stdin.once('end', () => resolve(undefined));
    });
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stdout.write(erase());
  }
}
