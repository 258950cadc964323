import { describe, expect, it } from 'vitest';
import { followImport } from '../../../lib/cli/follow-import.ts';
import { searchScene } from '../../support/search-scene.ts';
import { silentContext } from './silent-context.ts';

/** A session that the index lacks, and a terminal. */
function scene(isTTY = true) {
  const made = searchScene();
  made.say('s1', [{ second: 1, prompt: 'Fix the total' }]);
  let out = '';
  let now = 0;
  const context = {
    ...silentContext(),
    environment: { WAYMARK_TRANSCRIPTS: 'false' },
    folder: () => made.folder,
    clock: () => now,
    stderr: { isTTY, columns: 80, write: (text: string) => (out += text) },
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ...made, context, pass, written: () => out };
}

const { signal } = new AbortController();

describe('waiting for the work after an import', () => {
  it('shows a bar that goes away when the work is done', async () => {
    const { context, build, written } = scene();
    const followed = followImport(context, { signal, isWaiting: true });
    await build();
    expect(await followed).toMatchObject({ end: 'done', progress: { isDone: true } });
    expect(written()).toMatch(/^\rsearch {2}\[-{10}\] .*0\/1 .*\u001b\[K\r\u001b\[J$/s);
  });

  it('ends with Ctrl+C, and shows nothing where there is no terminal', async () => {
    const { context, written } = scene(false);
    const stop = new AbortController();
    const followed = followImport(context, { signal: stop.signal, isWaiting: true });
    stop.abort();
    expect(await followed).toMatchObject({ end: 'stopped', progress: { isDone: false } });
    expect(written()).toBe('');
  });

  it('gives up when nothing moves for minutes', async () => {
    const { context, pass } = scene();
    const followed = followImport(context, { signal, isWaiting: true });
    setTimeout(() => pass(181_000), 100);
    expect(await followed).toMatchObject({ end: 'stuck' });
  });

  it('only looks where nobody waits', async () => {
    const { context, build, written } = scene();
    const options = { signal, isWaiting: false };
    expect(await followImport(context, options)).toMatchObject({ end: 'not awaited' });
    await build();
    expect(await followImport(context, options)).toMatchObject({ end: 'done' });
    expect(written()).toBe('');
  });
});
