import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../server/answer.ts';
import { ask, toProblem } from './api.ts';
import { onLiveChange, onLiveQuiet } from './live.ts';

/** What a page knows of the answer to a question. */
export interface Asked<T> {
  /** The latest answer, also while a newer one is on its way or could not be had. */
  readonly answer: T | undefined;
  /** Why there is no newer answer. */
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Asks again at once. */
  readonly reload: () => void;
}

/** Answers are asked for at most this often. */
const MIN_WAIT_MS = 1_000;

/**
 * Asks the server, and asks again when something has changed.
 * @param path Of the question; `undefined` asks nothing.
 * @param how `once`: changes are not followed.
 */
export function useAnswer<T>(path: string | undefined, how: 'live' | 'once' = 'live'): Asked<T> {
  const [state, setState] = useState<State<T>>({ path, isLoading: path !== undefined });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const askedAt = useRef(0);
  // not after the next frame: the answer is on its way while the browser draws
  useLayoutEffect(() => {
    if (path === undefined) return undefined;
    const cancel = new AbortController();
    askedAt.current = Date.now();
    setState((before) =>
      before.path === path ? { ...before, isLoading: true } : { path, isLoading: true },
    );
    ask<T>(path, cancel.signal).then(
      (answer) => {
        if (!cancel.signal.aborted) setState({ path, answer, isLoading: false });
      },
      (error: unknown) => {
        if (cancel.signal.aborted) return;
        setState((before) => ({ ...before, problem: toProblem(error), isLoading: false }));
      },
    );
    return () => cancel.abort();
  }, [path, round]);
  useEffect(() => {
    if (how === 'once' || path === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askSoon = (): void => {
      if (timer !== undefined) return;
      // the clock may have been set back since
      const passed = Math.abs(Date.now() - askedAt.current);
      const wait = Math.max(0, MIN_WAIT_MS - passed);
      timer = setTimeout(() => {
        timer = undefined;
        reload();
      }, wait);
    };
    const stops = [onLiveChange(askSoon), onLiveQuiet(askSoon)];
    return () => {
      for (const stop of stops) stop();
      clearTimeout(timer);
    };
  }, [path, how]);
  const isOfPath = state.path === path;
  return {
    answer: isOfPath ? state.answer : undefined,
    problem: isOfPath ? state.problem : undefined,
    isLoading: state.isLoading || !isOfPath,
    reload,
  };
}

interface State<T> {
  readonly path: string | undefined;
  readonly answer?: T;
  readonly problem?: Problem;
  readonly isLoading: boolean;
}
