import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { ActionContext } from '../actions/action-context.ts';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { sessionSigns } from '../query/session-signs.ts';
import { readStoreMark, readWorkerMark } from '../query/store-mark.ts';
import { keepReadersOpen } from '../query/kept-readers.ts';
import { teamMark } from '../query/team-mark.ts';
import { createApp } from './server/app.ts';
import { readPageFiles } from './server/page-files.ts';
import { afterTimer, watchStore } from './server/store-watch.ts';

/** The port that is tried first, so that an open tab finds a server that was started again. */
export const USUAL_PORT = 4917;

/** Ports after it that are tried before the system chooses one. */
const NEXT_PORTS = 9;

const LOOPBACK = '127.0.0.1';

export interface DashboardParts extends ActionContext {
  readonly token: string;
  /** Left out: the usual port, or one near it that is free. */
  readonly port?: number | undefined;
  readonly ownCommand: () => string;
  readonly runnable: (text: string) => string;
  /** Called with what no route expected. */
  readonly onBug: (error: unknown) => void;
  /** Where the built page is; left out: in this package. */
  readonly pageFolder?: string;
}

/** A dashboard that is being served. */
export interface RunningDashboard {
  readonly port: number;
  /** Without the token. */
  readonly url: string;
  /** Ends all connections, then resolves. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the dashboard on the loopback interface, and nowhere else.
 * @throws {@link WaymarkError} USAGE when the port is taken or not allowed, NOT_FOUND when the page
 * was not built.
 */
export async function serveDashboard(parts: DashboardParts): Promise<RunningDashboard> {
  const { token, onBug, ownCommand, runnable, environment, clock, folder } = parts;
  const files = readPageFiles(parts.pageFolder);
  const stop = new AbortController();
  const signs = sessionSigns({ folder, clock });
  const team = folder.team === undefined ? undefined : teamMark(folder, clock);
  const readMark = (): string => {
    const mark = readStoreMark(folder);
    return `${mark} ${readWorkerMark(folder)} ${team?.() ?? signs(mark)}`;
  };
  const closeReaders = keepReadersOpen(folder);
  const watch = watchStore({ readMark, after: afterTimer });
  const place = {
    ...{ environment, clock, folder, watch, ownCommand, runnable },
    ...{ sleep: (ms: number) => sleep(ms), signal: stop.signal },
  };
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000 });
  server.requestTimeout = 30_000;
  server.maxConnections = 200;
  const port = await listen(server, parts.port);
  const app = createApp({ place, files, token, port, onBug });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (request, response) => void answer(request, response));
  return {
    port,
    url: `http://${LOOPBACK}:${port}/`,
    close: async () => {
      stop.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      closeReaders();
    },
  };
}

async function listen(server: Server, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) return await listenOn(server, wanted);
  for (let port = USUAL_PORT; port <= USUAL_PORT + NEXT_PORTS; port += 1) {
    try {
      return await listenOn(server, port);
    } catch (error) {
      if (!(error instanceof WaymarkError)) throw error;
    }
  }
  return await listenOn(server, 0);
}

function listenOn(server: Server, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => reject(cannotListen(wanted, error));
    server.once('error', onError);
    server.listen({ host: LOOPBACK, port: wanted, exclusive: true }, () => {
      server.off('error', onError);
      // a connection that cannot be taken, as with no file descriptor left: the others go on
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : wanted);
    });
  });
}

function cannotListen(port: number, error: unknown): WaymarkError {
  const taken = errnoOf(error) === 'EADDRINUSE';
  const reason = taken ? 'another program uses it' : reasonOf(error);
  const who =
    process.platform === 'darwin' ? `lsof -nP -iTCP:${port}` : `ss -ltnp 'sport = :${port}'`;
  return new WaymarkError('USAGE', `Cannot serve the dashboard on port ${port}: ${reason}`, {
    cause: error,
    remedy: taken
      ? `\`${who}\` shows which one; without --port a free port is chosen.`
      : 'Give another port, or none.',
  });
}
