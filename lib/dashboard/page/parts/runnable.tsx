import type { AboutAnswer } from '../../server/routes/live.ts';
import { ask } from '../api.ts';
import { createStore, useStore } from '../store.ts';
import { Prose } from './text.tsx';

/** What a person types for `waymark` on the machine of the server. */
const ownCommand = createStore('waymark');

/** Asks the server what a person types for `waymark`; without an answer the name stays. */
export async function askOwnCommand(): Promise<void> {
  try {
    ownCommand.set((await ask<AboutAnswer>('/api/about')).command);
  } catch {
    // The page says elsewhere that the server cannot be reached.
  }
}

/** A text whose commands in backticks are shown as a person types them here. */
export function Runnable({ text }: { readonly text: string }) {
  const own = useStore(ownCommand);
  return <Prose text={text.replaceAll('`waymark ', () => `\`${own} `)} />;
}
