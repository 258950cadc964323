import { onTestFinished } from 'vitest';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { createApp } from '../../lib/dashboard/server/app.ts';
import type { PageFile } from '../../lib/dashboard/server/page-files.ts';
import { cookieOf, KEY_HEADER, pageKeyOf } from '../../lib/dashboard/server/request-guard.ts';
import { type StoreWatch, watchStore } from '../../lib/dashboard/server/store-watch.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';

export const PORT = 4917;
export const TOKEN = 'a'.repeat(43);
export const ORIGIN = `http://127.0.0.1:${PORT}`;

export interface TestDashboardParts {
  /** Left out: one with two sessions. */
  readonly folder?: StateFolder;
  readonly now?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Left out: nothing ever changes. */
  readonly watch?: StoreWatch;
}

/** The server of a dashboard without a socket. */
export function testDashboard({
  folder = preparedStore(),
  now = Date.parse('2026-11-22T10:05:00.000Z'),
  environment = {},
  watch = watchStore({ readMark: () => '', after: () => () => undefined }),
}: TestDashboardParts = {}) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const bugs: unknown[] = [];
  const file = (type: string, text: string): PageFile => ({ type, body: Buffer.from(text) });
  const app = createApp({
    ...{ port: PORT, token: TOKEN, onBug: (error: unknown) => bugs.push(error) },
    files: {
      html: file('text/html; charset=utf-8', '<!doctype html><title>page</title>'),
      assets: new Map([['/assets/page.js', file('text/javascript; charset=utf-8', 'void 0')]]),
    },
    place: {
      ...{ folder, environment, watch, clock: () => now, sleep: async () => undefined },
      ...{ ownCommand: () => 'waymark', runnable: (text: string) => text, signal: stop.signal },
    },
  });
  const { name, value } = cookieOf({ port: PORT, token: TOKEN });
  const cookie = `${name}=${value}`;
  /** A request with exactly these headers, besides Host. */
  const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', `127.0.0.1:${PORT}`);
    return await app.fetch(new Request(`${ORIGIN}${path}`, { ...init, headers }));
  };
  const key = pageKeyOf({ port: PORT, token: TOKEN });
  const own = {
    cookie,
    [KEY_HEADER]: key,
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
  };
  return {
    ...{ app, folder, fetch, cookie, key, own, bugs, stop: () => stop.abort() },
    /** What our own page gets. */
    ask: async <T>(path: string): Promise<T> => {
      const response = await fetch(path, { headers: own });
      return JSON.parse(await response.text());
    },
    /** A request that our own page makes. */
    get: (path: string) => fetch(path, { headers: own }),
    /** A change that our own page makes. */
    post: (path: string, body: unknown) =>
      fetch(path, {
        method: 'POST',
        headers: { ...own, origin: ORIGIN, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}
