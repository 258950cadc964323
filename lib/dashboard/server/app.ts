import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { WaymarkError } from '../../core/errors.ts';
import { problemOf } from './answer.ts';
import { type PageFiles, sendPageFile } from './page-files.ts';
import type { DashboardPlace } from './place.ts';
import {
  type GuardedRequest,
  type GuardParts,
  isPageRequest,
  linkKeyOf,
  refusalOf,
} from './request-guard.ts';
import { securityHeaders } from './response-headers.ts';
import { ROUTES } from './routes.ts';
import { askAgain, SIGN_IN, signIn, signInPage } from './sign-in.ts';

export interface AppParts extends GuardParts {
  readonly place: Omit<DashboardPlace, 'signPath'>;
  readonly files: PageFiles;
  /** Called with what no route expected. */
  readonly onBug: (error: unknown) => void;
}

/** Longest body of a change. */
const MAX_BODY_BYTES = 65_536;

/** Answers every request of the dashboard. Nothing is answered before the guard has agreed. */
export function createApp({ place, files, onBug, ...guard }: AppParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    // the path by which a route is chosen: `/%61pi/now` is `/api/now`, too
    const refused = refuse(context.req.raw, context.req.path, guard);
    if (refused !== undefined) return refused;
    await next();
    for (const [name, value] of Object.entries(securityHeaders(context.req.raw)))
      if (!context.res.headers.has(name)) context.header(name, value);
    return undefined;
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) =>
        context.json(refusal(`a change has at most ${MAX_BODY_BYTES} bytes`), 413),
    }),
  );
  app.post('/api/*', (_context, next) => {
    if (place.folder.team !== undefined) throw noChange();
    return next();
  });
  const signPath = (path: string): string => `${path}?key=${linkKeyOf(path, guard)}`;
  for (const addRoutes of ROUTES) addRoutes(app, { ...place, signPath });
  app.get('/assets/*', (context) => {
    const file = files.assets.get(context.req.path);
    return file === undefined ? context.notFound() : sendPageFile(file, context.req.raw);
  });
  app.notFound((context) => {
    const { path, method } = context.req;
    const isPage = method === 'GET' && !/^\/(?:api|assets|metrics)(?:\/|$)/.test(path);
    if (isPage) return sendPageFile(files.html, context.req.raw);
    return context.json(refusal(`no page is at ${path}`), 404);
  });
  app.onError((error, context) => {
    const { status, problem } = problemOf(error, place.runnable);
    if (problem.code === 'BUG') onBug(error);
    for (const [name, value] of Object.entries(securityHeaders(context.req.raw)))
      context.header(name, value);
    return context.json({ error: problem }, status);
  });
  return app;
}

function noChange(): WaymarkError {
  return new WaymarkError('USAGE', 'Cannot change the store of a team here: pages only read it', {
    remedy: 'Run `waymark dashboard` without --store on the machine of the session.',
  });
}

function refuse(raw: Request, path: string, guard: GuardParts): Response | undefined {
  const request: GuardedRequest = {
    method: raw.method,
    path,
    header: (name) => raw.headers.get(name) ?? undefined,
    query: (name) => new URL(raw.url).searchParams.get(name) ?? undefined,
  };
  const refused = refusalOf(request, guard);
  const isPage = isPageRequest(request);
  // the printed URL also renews a cookie that is still good
  const mayEnter = refused === undefined || refused.status === 401;
  if (isPage && mayEnter) {
    const signedIn = signIn(raw, guard);
    if (signedIn !== undefined) return signedIn;
  }
  if (refused === undefined) return undefined;
  if (isPage && refused.status === 401) return askAgain(raw) ?? signInPage(raw);
  return new Response(JSON.stringify(refusal(refused.reason)), {
    status: refused.status,
    headers: { ...securityHeaders(raw), 'content-type': 'application/json' },
  });
}

function refusal(reason: string) {
  const message = `Cannot answer the request: ${reason}`;
  return { error: { code: 'REFUSED', message, remedy: SIGN_IN } };
}
