import { render } from 'preact';
import { App } from './app.tsx';
import { startKeys } from './keys.ts';
import { startLive } from './live.ts';
import { takePageKey } from './page-key.ts';
import { askOwnCommand } from './parts/runnable.tsx';
import { startRouter } from './router.ts';
import { startTicker } from './ticker.ts';

const holder = document.getElementById('page');
if (holder !== null) {
  holder.textContent = '';
  takePageKey();
  startRouter();
  startTicker();
  startKeys();
  startLive();
  void askOwnCommand();
  render(<App />, holder);
}
